//! Texts for failures of TLS: those of the libraries are often names of variants.

use rustls::{AlertDescription as Alert, CertificateError as Fault, Error, OtherError};

/// Returns the text for an edge.
pub(super) fn of_edge(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(fault) => {
            format!("the certificate of the platform is refused: {}", words(fault))
        }
        Error::AlertReceived(Alert::CertificateRequired) => {
            "the platform wants a certificate of this edge".to_owned()
        }
        Error::AlertReceived(
            alert @ (Alert::UnknownCA
            | Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::DecryptError
            | Alert::AccessDenied),
        ) => format!("the platform refuses the certificate of this edge: alert {alert:?}"),
        Error::PeerIncompatible(_) => nothing_in_common("the platform", error),
        _ => error.to_string(),
    }
}

/// Returns the text for a platform.
pub(super) fn of_platform(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(fault) => {
            format!("the certificate of the client is refused: {}", words(fault))
        }
        Error::NoCertificatesPresented => "the client shows no certificate".to_owned(),
        Error::AlertReceived(alert) => {
            format!("the client refuses the certificate, or has another reason: alert {alert:?}")
        }
        Error::PeerIncompatible(_) => nothing_in_common("the client", error),
        _ => error.to_string(),
    }
}

fn nothing_in_common(peer: &str, error: &Error) -> String {
    format!("{peer} has no version, cipher or group of TLS that this side has: {error}")
}

/// Returns what is wrong with a certificate.
fn words(fault: &Fault) -> String {
    let words = match fault {
        Fault::UnknownIssuer => "who has signed it is not trusted",
        Fault::BadEncoding => "it cannot be read",
        Fault::BadSignature => "its signature is wrong",
        Fault::Revoked => "it was revoked",
        Fault::Other(OtherError(error)) => match error.downcast_ref() {
            Some(webpki::Error::CaUsedAsEndEntity) => {
                "it says that it is one of an authority (CA:TRUE), as openssl req -x509 makes it, \
                 and is not itself named as one to trust"
            }
            Some(webpki::Error::UnsupportedCertVersion) => {
                "it is of X.509 version 1 or 2, which is too old"
            }
            _ => return error.to_string(),
        },
        _ => return fault.to_string(),
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn what_is_wrong_with_a_certificate_is_no_name_of_a_variant() {
        let of_webpki = |error: webpki::Error| Fault::Other(OtherError(Arc::new(error)));
        for (fault, expected) in [
            (Fault::UnknownIssuer, "who has signed it is not trusted"),
            (of_webpki(webpki::Error::CaUsedAsEndEntity), "not itself named as one to trust"),
            (of_webpki(webpki::Error::UnsupportedCertVersion), "X.509 version 1 or 2"),
        ] {
            let error = Error::InvalidCertificate(fault);
            for (text, whose) in [(of_edge(&error), "platform"), (of_platform(&error), "client")] {
                let begin = format!("the certificate of the {whose} is refused: ");
                assert!(text.starts_with(&begin) && text.contains(expected), "{text}");
                assert!(!text.contains("Other") && !text.contains("Unknown"), "{text}");
            }
        }
    }
}
