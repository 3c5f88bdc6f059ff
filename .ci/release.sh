#!/usr/bin/env bash
# Builds the files of a release for one target, in target/release-files:
# `.ci/release.sh WHAT [TARGET]`. The default target is Linux on x86_64 with musl, which needs
# musl-gcc.
set -euo pipefail
cd "$(dirname "$0")/.."

what=${1:-}
target=${2:-x86_64-unknown-linux-musl}
version=$(sed -n '/^\[workspace.package\]/,/^$/s/^version = "\(.*\)"$/\1/p' Cargo.toml)
files=target/release-files
built=target/$target/release
# Panics still name file and line.
export CARGO_PROFILE_RELEASE_STRIP=symbols
exe=
[[ $target != *windows* ]] || exe=.exe

build() { # package
  rustup target add "$target"
  cargo build --release --locked --target "$target" -p "$1"
}

pack() { # folder within the files
  (
    cd "$files"
    if [ -n "$exe" ]; then
      7z a -bso0 "$1.zip" "$1"
    else
      tar -czf "$1.tar.gz" "$1"
    fi
    rm -r "$1"
  )
}

# An archive of the command, and one of the conformance suite with its data.
archives() {
  build alwayson-cli
  local name=alwayson-$version-$target
  mkdir -p "$files/$name"
  cp "$built/alwayson$exe" adapter/command/README.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE "$files/$name"
  pack "$name"

  build alwayson-conformance
  name=alwayson-conformance-$version-$target
  mkdir -p "$files/$name"
  cp "$built/alwayson-conformance$exe" LICENSE-MIT LICENSE-APACHE "$files/$name"
  cp -r conformance/{README.md,PROTOCOL.md,FAULTS.md,REQUIREMENTS.md,bench,captures,faults,harness,sessions,vectors,wireshark} \
    "$files/$name"
  pack "$name"
}

# A Debian package of the command, statically linked and without dependencies.
debian() {
  build alwayson-cli
  local machine=amd64
  [[ $target != aarch64* ]] || machine=arm64
  local folder
  folder=$(mktemp -d)
  chmod 755 "$folder"
  local doc=$folder/usr/share/doc/alwayson
  install -D "$built/alwayson" "$folder/usr/bin/alwayson"
  install -D -m 644 adapter/command/README.md "$doc/README.md"
  gzip -9nc CHANGELOG.md | install -D -m 644 /dev/stdin "$doc/changelog.gz"
  cat LICENSE-MIT LICENSE-APACHE | install -D -m 644 /dev/stdin "$doc/copyright"
  "$built/alwayson" completions bash \
    | install -D -m 644 /dev/stdin "$folder/usr/share/bash-completion/completions/alwayson"
  mkdir "$folder/DEBIAN"
  cat >"$folder/DEBIAN/control" <<END
Package: alwayson
Version: $version
Architecture: $machine
Maintainer: The maintainers of alwayson <nobody@localhost>
Recommends: ca-certificates
Section: net
Priority: optional
Description: platform and edge of the ThingWorx AlwaysOn protocol
 To test devices without a platform, and platforms without a device: serves, connects,
 shows each frame, records, puts load on, and decodes hex.
END
  mkdir -p "$files"
  dpkg-deb --root-owner-group --build "$folder" "$files/alwayson_${version}_$machine.deb"
  rm -r "$folder"
}

# A container image of the command, as a file to load.
container() {
  build alwayson-cli
  local folder image=alwayson:$version
  folder=$(mktemp -d)
  cp "$built/alwayson" LICENSE-MIT LICENSE-APACHE "$folder"
  cp /etc/ssl/certs/ca-certificates.crt "$folder"
  docker build -f adapter/command/Containerfile -t "$image" "$folder"
  mkdir -p "$files"
  docker save "$image" | gzip >"$files/alwayson-$version-$target.image.tar.gz"
  rm -r "$folder"
}

case $what in
  archives | debian | container) "$what" ;;
  *)
    echo "usage: $0 archives|debian|container [TARGET]" >&2
    exit 2
    ;;
esac
