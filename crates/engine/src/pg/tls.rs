//! Whom to believe: certificates as libpq's sslmodes ask for them.
//!
//! `require` believes any certificate, `verify-ca` one of a trusted authority, `verify-full` one that also carries the
//! host's name (a common name counts where there is no alternative name). A leaf that stands byte for byte in
//! `sslrootcert` is trusted for itself, which is what a self-made certificate needs. X.509 v1 leaves, which webpki does
//! not parse, work with `require` and as a pinned leaf: their key is cut out and the handshake checked with it.
//! Source: PostgreSQL manual, "SSL Support"; RFC 6125 for names.

use std::{
    os::unix::fs::MetadataExt,
    sync::{Arc, LazyLock},
};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    crypto::{
        CryptoProvider, verify_tls12_signature, verify_tls13_signature, verify_tls13_signature_with_raw_key,
    },
    pki_types::{
        CertificateDer, PrivateKeyDer, ServerName, SubjectPublicKeyInfoDer, UnixTime, pem::PemObject,
    },
    server::ParsedCertificate,
};

use super::{
    certificate,
    conninfo::{Conninfo, Host, SYSTEM, SslMode},
};

type Plain<T> = std::result::Result<T, String>;

/// What rustls has to know to speak to `host`, and the name that it asks for. Errors are in words.
pub(super) fn config(
    info: &Conninfo,
    host: &Host,
    mode: SslMode,
) -> Plain<(Arc<ClientConfig>, ServerName<'static>)> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let trust = match mode {
        SslMode::VerifyCa | SslMode::VerifyFull => trusted(info, mode == SslMode::VerifyFull, &provider)?,
        SslMode::Disable | SslMode::Prefer | SslMode::Require => Trust::Anybody,
    };
    let verifier = Arc::new(Verifier { trust, provider: provider.clone() });
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let config = match &info.client_cert {
        Some((chain, key)) => {
            let (chain, key) = (certificates("sslcert", chain)?, private_key(key)?);
            builder
                .with_client_auth_cert(chain, key)
                .map_err(|error| format!("sslcert and sslkey: {error}"))?
        }
        None => builder.with_no_client_auth(),
    };
    let name = ServerName::try_from(host.name.clone())
        .map_err(|_| format!("{:?} is no name that a certificate can carry", host.name))?;
    Ok((Arc::new(config), name))
}

/// Why there is no TLS where it was asked for, and what mends it.
pub(super) fn not_offered() -> String {
    "the server offers no TLS; set ssl = on there, go through an SSH tunnel, or accept rows in the open by \
     sslmode=disable"
        .to_owned()
}

/// Why a handshake failed, and what mends it.
pub(super) fn complaint(error: &std::io::Error, mode: SslMode) -> String {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let Some(rustls::Error::InvalidCertificate(wrong)) = inner else {
        return format!("TLS failed: {error}");
    };
    let less = match mode {
        SslMode::VerifyFull => "verify-ca or sslmode=require",
        SslMode::Disable | SslMode::Prefer | SslMode::Require | SslMode::VerifyCa => "require",
    };
    let authority = "give its authority's certificate by sslrootcert";
    match wrong {
        CertificateError::UnknownIssuer => {
            format!(
                "its certificate is of no authority trusted here (UnknownIssuer); {authority}, or ask for less by sslmode={less}"
            )
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!("{wrong}; connect by such a name, or ask for less by sslmode=verify-ca")
        }
        // webpki's own errors come wrapped, by name alone
        CertificateError::Other(inner) if format!("{inner:?}").contains("UnsupportedCertVersion") => format!(
            "its certificate is X.509 v1 (UnsupportedCertVersion), which cannot be followed to an authority; put that very certificate into \
             sslrootcert, go through an SSH tunnel, or ask for less by sslmode={less}"
        ),
        CertificateError::Other(inner) if format!("{inner:?}").contains("CaUsedAsEndEntity") => format!(
            "its certificate is an authority's own (CaUsedAsEndEntity); put that very certificate into sslrootcert, or ask for less by \
             sslmode={less}"
        ),
        other => format!("its certificate is not good: {other}; renew it, or ask for less by sslmode={less}"),
    }
}

fn certificates(keyword: &str, file: &str) -> Plain<Vec<CertificateDer<'static>>> {
    let wrong = |error: rustls::pki_types::pem::Error| format!("{keyword} {file}: {error}");
    let found: Vec<_> = CertificateDer::pem_file_iter(file)
        .map_err(wrong)?
        .collect::<std::result::Result<_, _>>()
        .map_err(wrong)?;
    if found.is_empty() { Err(format!("{keyword} {file}: it holds no certificate")) } else { Ok(found) }
}

/// As libpq: a key that others may read is not used; root's may be read by a group.
fn private_key(file: &str) -> Plain<PrivateKeyDer<'static>> {
    let metadata = std::fs::metadata(file).map_err(|error| format!("sslkey {file}: {error}"))?;
    let forbidden = if metadata.uid() == 0 { 0o037 } else { 0o077 };
    if metadata.mode() & forbidden != 0 {
        return Err(format!("sslkey {file}: others may read it (chmod 0600 mends that)"));
    }
    PrivateKeyDer::from_pem_file(file).map_err(|error| format!("sslkey {file}: {error}"))
}

/// The authorities and certificates that `sslrootcert` names.
fn trusted(info: &Conninfo, full: bool, provider: &Arc<CryptoProvider>) -> Plain<Trust> {
    let (roots, pinned) = match info.root_cert.as_deref() {
        None | Some(SYSTEM) => match &*SYSTEM_ROOTS {
            Ok(roots) => (roots.clone(), Vec::new()),
            Err(error) => {
                return Err(format!(
                    "no trusted certificate was found on this machine ({error}); name a file by sslrootcert"
                ));
            }
        },
        Some(file) => {
            let pinned = certificates("sslrootcert", file)?;
            if !pinned.iter().any(|one| certificate::validity(one).is_some()) {
                return Err(format!("sslrootcert {file}: none of its certificates can be read"));
            }
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(pinned.iter().cloned());
            (Arc::new(roots), pinned)
        }
    };
    // a pinned leaf that cannot be a root is enough by itself
    let authorities = (!roots.is_empty())
        .then(|| WebPkiServerVerifier::builder_with_provider(roots, provider.clone()).build())
        .transpose()
        .map_err(|error| error.to_string())?;
    Ok(Trust::Named { authorities, pinned, full })
}

/// Read once: it takes longer than a login.
static SYSTEM_ROOTS: LazyLock<Plain<Arc<RootCertStore>>> = LazyLock::new(|| {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    match roots.add_parsable_certificates(found.certs) {
        (0, _) => Err(found.errors.first().map_or_else(|| "none found".to_owned(), ToString::to_string)),
        _ => Ok(Arc::new(roots)),
    }
});

#[derive(Debug)]
struct Verifier {
    trust: Trust,
    provider: Arc<CryptoProvider>,
}

#[derive(Debug)]
enum Trust {
    /// Any certificate will do.
    Anybody,
    /// Certificates of these authorities, and those that are trusted for themselves.
    Named {
        authorities: Option<Arc<WebPkiServerVerifier>>,
        pinned: Vec<CertificateDer<'static>>,
        /// Whether the host's name has to be in it.
        full: bool,
    },
}

/// Nobody else looks at the dates of a certificate that is trusted for itself: webpki may have stopped before them.
fn in_date(leaf: &CertificateDer<'_>, now: UnixTime) -> std::result::Result<(), rustls::Error> {
    let (first, last) = certificate::validity(leaf).ok_or(CertificateError::BadEncoding)?;
    let second = |second| UnixTime::since_unix_epoch(std::time::Duration::from_secs(second));
    if now.as_secs() < first {
        return Err(CertificateError::NotValidYetContext { time: now, not_before: second(first) }.into());
    }
    if last < now.as_secs() {
        return Err(CertificateError::ExpiredContext { time: now, not_after: second(last) }.into());
    }
    Ok(())
}

/// A name that does not fit is reported only after the chain was found good.
fn is_about_name(error: &rustls::Error) -> bool {
    use CertificateError::{NotValidForName, NotValidForNameContext};
    matches!(error, rustls::Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }))
}

/// Whether the leaf carries the name; as in libpq the common name counts only where there is no alternative name.
fn carries(leaf: &CertificateDer<'_>, name: &ServerName<'_>) -> std::result::Result<(), rustls::Error> {
    let error = match ParsedCertificate::try_from(leaf) {
        Ok(parsed) => match verify_server_name(&parsed, name) {
            Ok(()) => return Ok(()),
            Err(error) => error,
        },
        // version 1, which has no alternative names
        Err(_) => rustls::Error::InvalidCertificate(CertificateError::NotValidForNameContext {
            expected: name.to_owned(),
            presented: Vec::new(),
        }),
    };
    match &error {
        rustls::Error::InvalidCertificate(CertificateError::NotValidForNameContext { presented, .. })
            if presented.is_empty() && common_name_fits(leaf, name) =>
        {
            Ok(())
        }
        _ => Err(error),
    }
}

fn common_name_fits(leaf: &CertificateDer<'_>, name: &ServerName<'_>) -> bool {
    let Some(common) = certificate::common_name(leaf) else { return false };
    let (is_name, text) = (matches!(name, ServerName::DnsName(_)), name.to_str());
    match common.strip_prefix("*.") {
        Some(domain) => {
            is_name && text.split_once('.').is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(domain))
        }
        None => text.eq_ignore_ascii_case(&common),
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
        let Trust::Named { authorities, pinned, full } = &self.trust else {
            return Ok(ServerCertVerified::assertion());
        };
        let by_authority = match authorities {
            Some(inner) => inner.verify_server_cert(leaf, intermediates, name, ocsp, now),
            None => Err(CertificateError::UnknownIssuer.into()),
        };
        let error = match by_authority {
            Ok(verified) => return Ok(verified),
            Err(error) => error,
        };
        if !is_about_name(&error) {
            if !pinned.iter().any(|known| known.as_ref() == leaf.as_ref()) {
                return Err(error);
            }
            in_date(leaf, now)?;
        }
        if *full {
            carries(leaf, name)?;
        }
        Ok(ServerCertVerified::assertion())
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
