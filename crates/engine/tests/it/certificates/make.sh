#!/bin/sh
# Makes the certificates of this folder anew. rcgen makes neither X.509 v1 nor RSASSA-PSS; OpenSSL 3.0 makes all.
# The keys protect nothing. Those of the authorities are thrown away.
set -eu
cd "$(dirname "$0")"
made=$(mktemp -d)
trap 'rm -r "$made"' EXIT

cat > "$made/config" << END
[ca]
default_ca = past
[past]
database = $made/index
serial = $made/serial
new_certs_dir = $made
policy = anything
default_md = sha256
unique_subject = no
x509_extensions = named
[past_v1]
database = $made/index_v1
serial = $made/serial
new_certs_dir = $made
policy = anything
default_md = sha256
unique_subject = no
[anything]
commonName = supplied
[req]
distinguished_name = anything
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[named]
basicConstraints = CA:FALSE
subjectAltName = DNS:db.example
[leaf]
basicConstraints = CA:FALSE
[unreadable]
subjectAltName = DNS:db.example
2.5.29.30 = critical,DER:0500
END
: > "$made/index"
: > "$made/index_v1"
echo 01 > "$made/serial"
days="-days 36500 -sha256"
exts="-extfile $made/config -extensions"

request() { openssl req -new -config "$made/config" -key "$1" -subj "/CN=$2" -out "$made/request"; }
# FILE KEY NAME OPTIONS, signed by its own key
own() { request "$2" "$3"; openssl x509 -req -in "$made/request" -key "$2" -out "$1" $4 2> "$made/log" || cat "$made/log"; }
# FILE KEY NAME OPTIONS, signed by the authority
issued() {
    request "$2" "$3"
    openssl x509 -req -in "$made/request" -CA authority.pem -CAkey "$made/authority.key" -CAcreateserial \
        -CAserial "$made/issued" -out "$1" $4 2> "$made/log" || cat "$made/log"
}
# FILE KEY NAME OPTIONS, out of date
past() {
    request "$2" "$3"
    openssl ca -batch -notext -config "$made/config" -in "$made/request" -startdate 20000101000000Z \
        -enddate 20010101000000Z -out "$1" $4 2> "$made/log" || cat "$made/log"
}

for key in ec.key "$made/authority.key" "$made/other.key"; do
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$key"
done
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.key 2> /dev/null

own authority.pem "$made/authority.key" "an authority" "$days $exts authority"
own other.pem "$made/other.key" "another authority" "$days $exts authority"
issued named.pem ec.key "somebody" "$days $exts named"
issued common.pem ec.key "db.example" "$days $exts leaf"
issued star.pem ec.key "*.example" "$days $exts leaf"
issued client.pem ec.key "postgres" "$days $exts leaf"
issued v1.pem rsa.key "db.example" "$days"
past expired.pem ec.key "db.example" "-cert authority.pem -keyfile $made/authority.key"
past own_expired.pem ec.key "db.example" "-selfsign -keyfile ec.key -extensions authority"
past own_v1_expired.pem ec.key "db.example" "-name past_v1 -selfsign -keyfile ec.key"
# with name constraints that nobody can read: no authority
own unreadable.pem ec.key "db.example" "$days $exts unreadable"
# as the PostgreSQL manual tells people to ("Creating Certificates")
own own.pem rsa.key "db.example" "$days $exts authority"
own own_named.pem rsa.key "somebody" "$days $exts named"
own own_v1.pem rsa.key "db.example" "$days"
own own_v1_ec.pem ec.key "db.example" "-days 36500 -sha384"
own own_sha512.pem rsa.key "db.example" "-days 36500 -sha512 $exts named"
own own_pss.pem rsa.key "db.example" "-days 36500 -sha384 -sigopt rsa_padding_mode:pss $exts named"
