//! Whom to believe: certificates as libpq's sslmodes ask for them.
//!
//! `require` believes any certificate, `verify-ca` one of a trusted authority, `verify-full` one that also carries the
//! host's name (a common name counts where there is no alternative name). A leaf that stands byte for byte in
//! `sslrootcert` is trusted for itself, which is what a self-made certificate needs. X.509 v1 leaves, which webpki does
//! not parse, work with `require` and as a pinned leaf: their key is cut out and the handshake checked with it.
//! Source: PostgreSQL manual, "SSL Support"; RFC 6125 for names.

use std::sync::Arc;

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{
        CryptoProvider, verify_tls12_signature, verify_tls13_signature, verify_tls13_signature_with_raw_key,
    },
    pki_types::{
        CertificateDer, PrivateKeyDer, ServerName, SubjectPublicKeyInfoDer, UnixTime, pem::PemObject,
    },
};

use super::{
    certificate,
    conninfo::{Conninfo, Host, SslMode},
};
use crate::error::{Error, Kind, Result};

/// What rustls has to know to speak to `host`, and the name that it asks for.
pub(super) fn config(
    info: &Conninfo,
    host: &Host,
    mode: SslMode,
) -> Result<(Arc<ClientConfig>, ServerName<'static>)> {
    let wrong =
        |cause: String| Error::new(Kind::Tls, info.side(), format!("prepare TLS for {host}")).because(cause);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Arc::new(Verifier {
        inner: match mode {
            SslMode::VerifyCa | SslMode::VerifyFull => Some(authorities(info, &provider).map_err(wrong)?),
            SslMode::Disable | SslMode::Prefer | SslMode::Require => None,
        },
        full: mode == SslMode::VerifyFull,
        pinned: pinned(info).map_err(wrong)?,
        provider: provider.clone(),
    });
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let config = match (&info.client_cert, &info.client_key) {
        (Some(certificate), Some(key)) => {
            let chain = certificates(certificate).map_err(wrong)?;
            let key =
                PrivateKeyDer::from_pem_file(key).map_err(|error| wrong(format!("sslkey {key}: {error}")))?;
            builder.with_client_auth_cert(chain, key).map_err(|error| wrong(error.to_string()))?
        }
        _ => builder.with_no_client_auth(),
    };
    let name = ServerName::try_from(host.name.clone())
        .map_err(|_| wrong(format!("{:?} is no name that a certificate can carry", host.name)))?;
    Ok((Arc::new(config), name))
}

type Plain<T> = std::result::Result<T, String>;

fn certificates(file: &str) -> Plain<Vec<CertificateDer<'static>>> {
    let wrong = |error: rustls::pki_types::pem::Error| format!("{file}: {error}");
    CertificateDer::pem_file_iter(file).map_err(wrong)?.collect::<std::result::Result<_, _>>().map_err(wrong)
}

/// Certificates of `sslrootcert`; none where it is `system` or not given.
fn pinned(info: &Conninfo) -> Plain<Vec<CertificateDer<'static>>> {
    match info.root_cert.as_deref() {
        None | Some("system") => Ok(vec![]),
        Some(file) => certificates(file),
    }
}

fn authorities(info: &Conninfo, provider: &Arc<CryptoProvider>) -> Plain<Arc<WebPkiServerVerifier>> {
    let mut roots = RootCertStore::empty();
    match info.root_cert.as_deref() {
        None | Some("system") => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        // a v1 certificate cannot be an authority here, but stays pinned
        Some(file) => {
            roots.add_parsable_certificates(certificates(file)?);
        }
    }
    if roots.is_empty() {
        // webpki wants at least one; without any, nothing but a pinned leaf is believed
        return Err("no trusted certificate was found; name a file by sslrootcert".to_owned());
    }
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .build()
        .map_err(|error| error.to_string())
}

#[derive(Debug)]
struct Verifier {
    /// `None`: any certificate will do.
    inner: Option<Arc<WebPkiServerVerifier>>,
    /// Whether the host's name has to be in it.
    full: bool,
    pinned: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    /// Whether an error is about the name alone, and the name is right after all or not asked for.
    fn name_is_fine(&self, error: &rustls::Error, leaf: &CertificateDer<'_>, name: &ServerName<'_>) -> bool {
        let rustls::Error::InvalidCertificate(error) = error else { return false };
        match error {
            CertificateError::NotValidForName => !self.full || common_name_fits(leaf, name),
            CertificateError::NotValidForNameContext { presented, .. } => {
                !self.full || (presented.is_empty() && common_name_fits(leaf, name))
            }
            _ => false,
        }
    }

    /// A leaf that stands in sslrootcert itself: its dates are looked at by nobody else, its name is.
    fn is_pinned(&self, leaf: &CertificateDer<'_>, error: &rustls::Error) -> bool {
        let expired = matches!(
            error,
            rustls::Error::InvalidCertificate(
                CertificateError::Expired
                    | CertificateError::ExpiredContext { .. }
                    | CertificateError::NotValidYet
                    | CertificateError::NotValidYetContext { .. }
            )
        );
        !expired && self.pinned.iter().any(|known| known.as_ref() == leaf.as_ref())
    }
}

fn common_name_fits(leaf: &CertificateDer<'_>, name: &ServerName<'_>) -> bool {
    let Some(common) = certificate::common_name(leaf) else { return false };
    let name = name.to_str();
    match common.strip_prefix("*.") {
        Some(domain) => name.split_once('.').is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(domain)),
        None => name.eq_ignore_ascii_case(&common),
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        let Some(inner) = &self.inner else { return Ok(ServerCertVerified::assertion()) };
        let error = match inner.verify_server_cert(leaf, intermediates, name, ocsp, now) {
            Ok(verified) => return Ok(verified),
            Err(error) => error,
        };
        // a name that does not fit is reported only after the chain was found good
        if self.name_is_fine(&error, leaf, name) {
            return Ok(ServerCertVerified::assertion());
        }
        let about_name = matches!(
            &error,
            rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }
            )
        );
        let named = !self.full || common_name_fits(leaf, name) || alternative_name_fits(leaf, name);
        if !about_name && self.is_pinned(leaf, &error) && named {
            return Ok(ServerCertVerified::assertion());
        }
        Err(error)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, leaf, signed, algorithms)
            .or_else(|_| by_raw_key_12(&self.provider, message, leaf, signed))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, leaf, signed, algorithms).or_else(|error| {
            let key = certificate::public_key(leaf).ok_or(error)?;
            verify_tls13_signature_with_raw_key(
                message,
                &SubjectPublicKeyInfoDer::from(key),
                signed,
                algorithms,
            )
        })
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Names of a leaf that webpki parses; one that it does not parse has none.
fn alternative_name_fits(leaf: &CertificateDer<'_>, name: &ServerName<'_>) -> bool {
    rustls::server::ParsedCertificate::try_from(leaf)
        .is_ok_and(|parsed| rustls::client::verify_server_name(&parsed, name).is_ok())
}

/// TLS 1.2: every algorithm of the scheme is tried on the key's bits.
fn by_raw_key_12(
    provider: &CryptoProvider,
    message: &[u8],
    leaf: &CertificateDer<'_>,
    signed: &DigitallySignedStruct,
) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
    let bad = || rustls::Error::InvalidCertificate(CertificateError::BadSignature);
    let (algorithm, bits) = certificate::key_parts(leaf).ok_or_else(bad)?;
    let mapping = provider.signature_verification_algorithms.mapping.iter();
    let mut candidates =
        mapping.filter(|(scheme, _)| *scheme == signed.scheme).flat_map(|(_, list)| list.iter());
    let fits = candidates.any(|one| {
        one.public_key_alg_id().as_ref() == algorithm
            && one.verify_signature(bits, message, signed.signature()).is_ok()
    });
    if fits { Ok(HandshakeSignatureValid::assertion()) } else { Err(bad()) }
}
