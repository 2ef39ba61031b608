#!/bin/sh
# Rebuilds every module of the bundle into ../wasm, or only those that are named:
#   modules/build.sh                   all modules
#   modules/build.sh user-auth         one module
# It installs nothing that is not inside this folder; a missing tool is named with the way to get it.
set -eu
cd "$(dirname "$0")"
modules=$PWD
wasm=$modules/../wasm

# need TOOL HINT: stops with the hint if the tool cannot be found.
need() {
    command -v "$1" >/dev/null 2>&1 && return
    echo "build.sh: $1 is missing. $2" >&2
    exit 1
}

# The version of wasm-bindgen that the Rust module is locked to.
bindgen_version() {
    sed -n '/^name = "wasm-bindgen"$/{n;s/^version = "\(.*\)"$/\1/p;}' user-service/Cargo.lock
}

# Compiler flags, separated by the byte 0x1f, that keep this machine's folders out of the module:
# panics carry file names. The standard library's get the names that its own build gave them.
remap_flags() {
    std=$(rustc --print sysroot)/lib/rustlib/src/rust
    commit=$(rustc --version --verbose | sed -n 's/^commit-hash: //p')
    printf '%s\037%s' "--remap-path-prefix=$1=." "--remap-path-prefix=$std=/rustc/$commit"
    for sources in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*; do
        [ -d "$sources" ] && printf '\037%s' "--remap-path-prefix=$sources=crates"
    done
    return 0
}

build_user_service() {
    target=wasm32-unknown-unknown
    need cargo "Install Rust from https://rustup.rs"
    if ! rustc --print target-libdir --target $target | xargs test -d; then
        need rustup "Install Rust from https://rustup.rs, or add the target $target another way"
        rustup target add $target
    fi
    version=$(bindgen_version)
    hint="Run: cargo install wasm-bindgen-cli --version =$version"
    need wasm-bindgen "$hint"
    found=$(wasm-bindgen --version | cut -d' ' -f2)
    if [ "$found" != "$version" ]; then
        echo "build.sh: wasm-bindgen is $found but the module needs $version. $hint" >&2
        exit 1
    fi

    cd user-service
    out=${CARGO_TARGET_DIR:-$PWD/target}
    cargo fetch --locked --target $target # the sources must be there before their folder is remapped
    CARGO_ENCODED_RUSTFLAGS=$(remap_flags "$PWD") cargo build --locked --release --target $target --target-dir "$out"
    wasm-bindgen --target web --out-dir "$out/web" "$out/$target/release/user_service.wasm"
    cp "$out/web/user_service_bg.wasm" "$wasm/user-service.wasm"
    cd "$modules"
}

build_user_auth() {
    need npm "Install Node.js from https://nodejs.org"
    cd user-auth
    [ -d node_modules ] || npm ci --no-audit --no-fund
    npm run build # writes ../../wasm/user-auth.wasm
    cd "$modules"
}

build_order_service() {
    need em++ "Install Emscripten from https://emscripten.org"
    cd order-service
    em++ -std=c++17 -O2 -Wall -Wextra --no-entry "-ffile-prefix-map=$PWD=." main.cpp json.cpp shop.cpp \
        -sALLOW_MEMORY_GROWTH -sINITIAL_MEMORY=1048576 -sSTACK_SIZE=65536 \
        -sEXPORTED_FUNCTIONS=_malloc,_free -o "$wasm/order-service.wasm"
    chmod 644 "$wasm/order-service.wasm"
    cd "$modules"
}

mkdir -p "$wasm"
build_payment_processor() {
    need go "Install Go 1.21 or later from https://go.dev/dl"
    cd payment-processor
    GOOS=js GOARCH=wasm go build -buildvcs=false -trimpath -ldflags="-s -w" -o "$wasm/payment-processor.wasm" .
    chmod 644 "$wasm/payment-processor.wasm"
    cd "$modules"
}

[ $# -gt 0 ] || set -- user-service user-auth order-service payment-processor
for module in "$@"; do
    case $module in
        user-service) build_user_service ;;
        user-auth) build_user_auth ;;
        order-service) build_order_service ;;
        payment-processor) build_payment_processor ;;
        *) echo "build.sh: there is no module named $module" >&2; exit 1 ;;
    esac
done
ls -l "$wasm"
