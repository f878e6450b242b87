#!/usr/bin/env bash
# A release in one command: editors/release/build.sh [DIR]
#
# Puts into DIR (target/dist): the program as one static file with pages and completions (.tar.gz), a package for Debian and Ubuntu (.deb), a wheel for pip
# (.whl), the bill of materials (.cdx.json), the licences of what is built in, and the sums of all. The same sources come to the same bytes wherever
# they lie. Needs the Rust target, musl-gcc (package musl-tools), dpkg-deb, Python 3.8 and git; TARGET and SOURCE_DATE_EPOCH may be set.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd -P)
cd "$here/../.."
top=$(pwd -P)
out=${1:-target/dist}
target=${TARGET:-$(uname -m)-unknown-linux-musl}
version=$(sed -n 's/^version = "\(.*\)"/\1/p;/^version/q' Cargo.toml)
export CARGO_TARGET_DIR="$top/target"
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export LC_ALL=C TZ=UTC
umask 022

# no path of this machine is in the program
cargo_home=${CARGO_HOME:-$HOME/.cargo}
export RUSTFLAGS="--remap-path-prefix=$top=/unitlint --remap-path-prefix=$cargo_home=/cargo -C target-feature=+crt-static"
export CFLAGS="-ffile-prefix-map=$top=/unitlint -ffile-prefix-map=$cargo_home=/cargo"

# names of functions are for those who look into a program of their own
export CARGO_PROFILE_RELEASE_STRIP=symbols

cargo build --release --locked --target "$target"
program=target/$target/release/unitlint
rm -rf "$out" target/package
mkdir -p "$out" target/package/man target/package/completions

"$program" man --output target/package/man
"$program" completions bash > target/package/completions/unitlint
"$program" completions zsh > target/package/completions/_unitlint
"$program" completions fish > target/package/completions/unitlint.fish
python3 "$here/bill.py" sbom "$target" > "$out/unitlint-$version.cdx.json"
python3 "$here/bill.py" notices "$target" > target/package/THIRD-PARTY
{
    printf 'unitlint (%s) unstable; urgency=medium\n\n' "$version"
    printf '  * What is new: https://github.com/unitlint/unitlint/blob/v%s/CHANGELOG.md\n\n' "$version"
    printf ' -- %s  %s\n' "$(sed -n 's/^maintainer = "\(.*\)"/\1/p' Cargo.toml)" "$(date -R -d "@$SOURCE_DATE_EPOCH")"
} > target/package/changelog

name=unitlint-$version-$target
mkdir "target/package/$name"
cp -R "$program" README.md CHANGELOG.md LICENSE-* target/package/THIRD-PARTY target/package/man target/package/completions "target/package/$name"
tar -C target/package --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner -cf - "$name" | gzip -9n > "$out/$name.tar.gz"
python3 "$here/wheel.py" "$program" "$target" "$out"
python3 "$here/deb.py" "$program" "$target" "$out"

(cd "$out" && sha256sum -- * > SHA256SUMS && wc -c -- * && cat SHA256SUMS)
