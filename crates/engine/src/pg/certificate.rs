//! The few bytes of a certificate that no library hands out: the key of an X.509 v1 leaf, and what SCRAM is bound to.

use sha2::{Digest, Sha256, Sha384, Sha512};

/// Object identifiers of signature and hash algorithms, in DER.
mod oid {
    pub(super) const RSASSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
    pub(super) const RSA_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c];
    pub(super) const RSA_SHA512: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0d];
    pub(super) const ECDSA_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03];
    pub(super) const ECDSA_SHA512: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04];
    pub(super) const SHA384: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02];
    pub(super) const SHA512: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03];
    pub(super) const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
    pub(super) const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
}

/// Hash of the whole certificate by the hash of its signature; MD5 and SHA-1 become SHA-256.
/// Source: RFC 5929, section 4.1; RSASSA-PSS parameters: RFC 4055, section 3.1.
pub(super) fn end_point(certificate: &[u8]) -> Option<Vec<u8>> {
    let (_, whole, _) = element(certificate)?;
    let (_, _, rest) = element(whole)?;
    let (_, algorithm, _) = element(rest)?;
    let (_, signature, parameters) = element(algorithm)?;
    let hash =
        if signature == oid::RSASSA_PSS { pss_hash(parameters).unwrap_or_default() } else { signature };
    Some(match hash {
        oid::ED25519 => return None,
        oid::RSA_SHA384 | oid::ECDSA_SHA384 | oid::SHA384 => Sha384::digest(certificate).to_vec(),
        oid::RSA_SHA512 | oid::ECDSA_SHA512 | oid::SHA512 => Sha512::digest(certificate).to_vec(),
        _ => Sha256::digest(certificate).to_vec(),
    })
}

/// `[0] { AlgorithmIdentifier of the hash }`.
fn pss_hash(parameters: &[u8]) -> Option<&[u8]> {
    let (_, sequence, _) = element(parameters)?;
    let (_, tagged, _) = element(sequence).filter(|(tag, ..)| *tag == 0xa0)?;
    let (_, identifier, _) = element(tagged)?;
    Some(element(identifier)?.1)
}

/// Fields of a TBSCertificate behind the optional version: serial, signature, issuer, validity, subject, key.
/// Source: RFC 5280, section 4.1.
fn field(certificate: &[u8], wanted: usize) -> Option<&[u8]> {
    let (_, whole, _) = element(certificate)?;
    let (_, mut rest, _) = element(whole)?;
    if element(rest)?.0 == 0xa0 {
        rest = element(rest)?.2;
    }
    for _ in 0..wanted {
        rest = element(rest)?.2;
    }
    let (_, _, after) = element(rest)?;
    rest.get(..rest.len() - after.len())
}

/// The whole SubjectPublicKeyInfo element.
pub(super) fn public_key(certificate: &[u8]) -> Option<&[u8]> {
    field(certificate, 5)
}

/// Algorithm identifier and bits of the key.
pub(super) fn key_parts(certificate: &[u8]) -> Option<(&[u8], &[u8])> {
    let (_, body, _) = element(public_key(certificate)?)?;
    let (_, algorithm, rest) = element(body)?;
    let (_, bits, _) = element(rest)?;
    Some((algorithm, bits.get(1..)?))
}

/// The subject's last common name.
pub(super) fn common_name(certificate: &[u8]) -> Option<String> {
    let (_, mut names, _) = element(field(certificate, 4)?)?;
    let mut found = None;
    while let Some((_, set, rest)) = element(names) {
        names = rest;
        let (_, pair, _) = element(set)?;
        let (_, kind, value) = element(pair)?;
        if kind == oid::COMMON_NAME {
            found = String::from_utf8(element(value)?.1.to_vec()).ok();
        }
    }
    found
}

/// The first and the last second of its validity, since 1970. Source: RFC 5280, section 4.1.2.5.
pub(super) fn validity(certificate: &[u8]) -> Option<(u64, u64)> {
    let (_, dates, _) = element(field(certificate, 3)?)?;
    let (tag, first, rest) = element(dates)?;
    let first = seconds(tag, first)?;
    let (tag, last, _) = element(rest)?;
    Some((first, seconds(tag, last)?))
}

/// `YYMMDDHHMMSSZ` (UTCTime: 1950 to 2049) or `YYYYMMDDHHMMSSZ` (GeneralizedTime). Times before 1970 become 0.
fn seconds(tag: u8, text: &[u8]) -> Option<u64> {
    let digits = text.strip_suffix(b"Z").filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
    let number = |digits: &[u8]| digits.iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    let (year, rest) = match tag {
        0x17 if digits.len() == 12 => {
            let year = number(&digits[..2]);
            (if year < 50 { 2000 + year } else { 1900 + year }, &digits[2..])
        }
        0x18 if digits.len() == 14 => (number(&digits[..4]), &digits[4..]),
        _ => return None,
    };
    let part = |at: usize| number(&rest[at..at + 2]);
    let time = days(year, part(0), part(2)) * 86_400 + part(4) * 3_600 + part(6) * 60 + part(8);
    Some(u64::try_from(time).unwrap_or(0))
}

/// Days since 1970 by the Gregorian calendar; a year begins in March, so that its leap day comes last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 719_469
}

/// Tag, body and rest of a DER element. Source: X.690, section 8.1.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        let length = bytes
            .iter()
            .try_fold(0usize, |sum, byte| sum.checked_mul(256)?.checked_add(usize::from(*byte)))?;
        (length, rest)
    };
    let (body, rest) = rest.split_at_checked(length)?;
    Some((tag, body, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
            let _ = (end_point(&bytes), key_parts(&bytes), common_name(&bytes), validity(&bytes));
        }
    }

    #[test]
    fn times_are_read_in_both_forms() {
        assert_eq!(seconds(0x17, b"700101000000Z"), Some(0));
        assert_eq!(seconds(0x17, b"491231235959Z"), Some(2_524_607_999));
        assert_eq!(seconds(0x18, b"20240229123456Z"), Some(1_709_210_096));
        assert_eq!(seconds(0x18, b"21251101000000Z"), Some(4_917_628_800));
        assert_eq!(seconds(0x17, b"500101000000Z"), Some(0));
        assert_eq!(
            [seconds(0x17, b"20240229123456Z"), seconds(0x18, b"2024022912345"), seconds(2, b"Z")],
            [None; 3]
        );
    }
}
