#!/bin/sh
# The requests of an application to `alwayson gateway`, with curl:
#
#     sh application.sh [GATEWAY] [THING] [PORT]
#
# PORT is the port of a program on this machine that answers requests to the Thing.
set -eu
gateway=${1:-http://127.0.0.1:8000}
thing=${2:-Pump}
port=${3:-9001}

ask() {
    method=$1 path=$2
    shift 2
    curl --silent --show-error --fail-with-body --request "$method" \
        --header 'Content-Type: application/json' "$@" "$gateway/Thingworx/$path"
}

# Registers the Thing. The platform then shows it as connected.
ask POST Things/LocalEms/Services/AddEdgeThing \
    --data "{\"name\": \"$thing\", \"port\": $port, \"keepalive\": 0}"

# Writes properties on the platform, one and several.
ask PUT "Things/$thing/Properties/Pressure" --data '{"Pressure": 2.5}'
ask PUT "Things/$thing/Properties/*" --data '{"Pressure": 2.6, "Label": "hall 1"}'

# Reads a property.
ask GET "Things/$thing/Properties/Pressure"
echo

# Fires an event.
ask POST "Things/$thing/Events/Overheated" --data '{"temperature": 99.5}'

# Unregisters it.
ask POST Things/LocalEms/Services/RemoveEdgeThing --data "{\"name\": \"$thing\"}"
echo unregistered
