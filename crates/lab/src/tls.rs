//! A certificate authority of a server's own, and its certificate for this machine.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};

use crate::{Error, Result, account::Account, error::Attempt};

/// The name that clients may connect to, as far as verification goes.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// Writes `ca.pem`, `server.crt` and `server.key` into `folder`.
pub(crate) fn write(folder: &Path, account: Account) -> Result<()> {
    let Made { authority, certificate, key } = make()
        .map_err(|e| Error::Program { attempt: "make a certificate".to_owned(), output: e.to_string() })?;
    for (name, text, mode) in
        [("ca.pem", authority, 0o644), ("server.crt", certificate, 0o644), ("server.key", key, 0o600)]
    {
        let file = folder.join(name);
        fs::write(&file, text).attempt(|| format!("write {}", file.display()))?;
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).attempt(|| format!("protect {name}"))?;
        account.own(&file)?;
    }
    Ok(())
}

struct Made {
    authority: String,
    certificate: String,
    key: String,
}

fn make() -> std::result::Result<Made, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, "pgferry lab authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;

    let mut params = CertificateParams::new(NAMES.map(str::to_owned))?;
    params.distinguished_name.push(DnType::CommonName, NAMES[0]);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, &authority)?;
    Ok(Made { authority: authority.pem(), certificate: certificate.pem(), key: key.serialize_pem() })
}
