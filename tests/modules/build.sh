#!/bin/sh
# Rebuilds the test modules from their sources, all or those of one toolchain:
#   tests/modules/build.sh
#   tests/modules/build.sh rust
#   tests/modules/build.sh assemblyscript
#   tests/modules/build.sh component
#   tests/modules/build.sh extism
#   tests/modules/build.sh c
#   tests/modules/build.sh go
# Needs rustup (with the target wasm32-unknown-unknown and the component rust-src), npm, and for c
# Emscripten 3.1.6 and 3.1.69, clang 14 with wasi-libc and libc++, and zig, and for go the folders of
# Go 1.19 and 1.27 in GO_1_19 and GO_1_27. What else is needed is installed below build/, where the JavaScript glue is kept too: expected.mjs
# runs the modules with it to write expected.json.
set -eu
cd "$(dirname "$0")"
here=$PWD
build=$here/build
target=wasm32-unknown-unknown

need() {
    command -v "$1" >/dev/null 2>&1 && return
    echo "build.sh: $1 is missing. $2" >&2
    exit 1
}

# bindgen VERSION: the path of that wasm-bindgen, installed if need be. It must be the crate's own.
bindgen() {
    root=$build/tools/$1
    [ -x "$root/bin/wasm-bindgen" ] ||
        cargo install --debug wasm-bindgen-cli --version "=$1" --root "$root" >&2
    echo "$root/bin/wasm-bindgen"
}

# Compiler flags, separated by the byte 0x1f, that keep this machine's folders out of the modules:
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

# compile FOLDER [mvp]: builds the crate in FOLDER. With mvp, and a standard library built the same
# way, nothing newer than the first WebAssembly is used: wasm-bindgen then keeps JavaScript values
# in a heap of its own and returns through memory.
compile() {
    cd "$1"
    cargo fetch --locked --target $target
    flags=$(remap_flags "$1")
    if [ "${2:-}" = mvp ]; then
        CARGO_ENCODED_RUSTFLAGS=$(printf '%s\037-Ctarget-cpu=mvp' "$flags") RUSTC_BOOTSTRAP=1 \
            cargo build --locked --release --target $target --target-dir "$build/target-mvp" \
            -Zbuild-std=std,panic_abort
        compiled=$build/target-mvp/$target/release
    else
        CARGO_ENCODED_RUSTFLAGS=$flags \
            cargo build --locked --release --target $target --target-dir "$build/target"
        compiled=$build/target/$target/release
    fi
    cd "$here"
}

# glue VERSION CRATE NAME: runs wasm-bindgen and keeps the JavaScript as build/glue/NAME.mjs.
glue() {
    "$(bindgen "$1")" --target web --out-dir "$build/bindgen" "$compiled/$2.wasm"
    mv "$build/bindgen/$2.js" "$build/glue/$3.mjs"
}

# finish VERSION CRATE NAME: the same, and the module becomes rust/NAME.wasm.
finish() {
    glue "$1" "$2" "$3"
    mv "$build/bindgen/$2_bg.wasm" "rust/$3.wasm"
}

# crate VERSION: a copy of rust/ that is locked to that version of wasm-bindgen.
crate() {
    folder=$build/rust-$1
    rm -rf "$folder"
    mkdir -p "$folder"
    cp -r rust/Cargo.toml rust/src "$folder"
    cp "rust/locks/$1.lock" "$folder/Cargo.lock"
    echo "$folder"
}

build_rust() {
    need cargo "Install Rust from https://rustup.rs"
    need rustup "Install Rust from https://rustup.rs"
    rustup target add $target
    rustup component add rust-src
    for version in 0.2.130 0.2.100; do
        folder=$(crate $version)
        compile "$folder"
        finish $version shapes "shapes-$version"
        compile "$folder" mvp
        finish $version shapes "shapes-$version-mvp"
    done
    # The module of the sample bundle, for the same work in both regimes; expected.mjs needs the glue
    # of the bundle's own one.
    compile "$here/../../sample-bundle/modules/user-service"
    glue 0.2.130 user_service user-service
    # What cargo alone gives: a module that still waits for wasm-bindgen.
    install -m 644 "$compiled/user_service.wasm" rust/user-service-without-wasm-bindgen.wasm
    compile "$here/../../sample-bundle/modules/user-service" mvp
    finish 0.2.130 user_service user-service-0.2.130-mvp
}

# assemble VERSION NAME SOURCE FLAG...: the module becomes assemblyscript/NAME.wasm.
assemble() {
    asc=node_modules/asc-$1/bin/asc
    [ -f "assemblyscript/$asc" ] || asc=$asc.js
    out=--outFile
    [ "$1" != 0.19 ] || out=--binaryFile
    name=$2
    source=$3
    shift 3
    (cd assemblyscript && node "$asc" "$source" --optimize --debug \
        $out "$build/glue/$name.wasm" "$@")
    mv "$build/glue/$name.wasm" "assemblyscript/$name.wasm"
}

build_assemblyscript() {
    need npm "Install Node.js from https://nodejs.org"
    [ -d assemblyscript/node_modules ] || (cd assemblyscript && npm ci --no-audit --no-fund)
    assemble 0.19 functions-0.19 functions-0.19.ts --exportRuntime # has no --bindings
    # The declarations that a user of --bindings finds beside the module.
    assemble 0.28 functions-0.28 functions.ts --exportRuntime --bindings esm
    mv "$build/glue/functions-0.28.d.ts" assemblyscript/
    for version in 0.21 0.23 0.24 0.28; do
        assemble $version functions-$version functions.ts --exportRuntime --bindings raw
        mv "$build/glue/functions-$version.js" "$build/glue/functions-$version.mjs"
    done
    # The glue of the sample bundle's module: the same compiler on the same source.
    (cd ../../sample-bundle/modules/user-auth &&
        node "$here/assemblyscript/node_modules/asc-0.21/bin/asc.js" main.ts --optimize --debug \
            --exportRuntime --bindings raw --outFile "$build/glue/user-auth.wasm")
    mv "$build/glue/user-auth.js" "$build/glue/user-auth.mjs"
    for version in 0.21 0.28; do
        assemble $version bytes-$version-without-runtime bytes.ts
    done
    assemble 0.28 bytes-0.28-stub-runtime bytes.ts --runtime stub
    assemble 0.28 bytes-0.28-minimal-runtime bytes.ts --runtime minimal --exportRuntime
}

# guest NAME LOCK TARGET [FLAG...]: builds the crate in the folder NAME, locked to NAME/locks/LOCK.lock.
guest() {
    folder=$build/$1-$2
    rm -rf "$folder"
    mkdir -p "$folder"
    for part in Cargo.toml src wit; do
        [ ! -e "$1/$part" ] || cp -r "$1/$part" "$folder"
    done
    cp "$1/locks/$2.lock" "$folder/Cargo.lock"
    guest_target=$3
    shift 3
    rustup target add "$guest_target"
    cd "$folder"
    cargo fetch --locked --target "$guest_target"
    CARGO_ENCODED_RUSTFLAGS=$(remap_flags "$folder") \
        cargo build --locked --release --target "$guest_target" --target-dir "$build/target" "$@"
    compiled=$build/target/$guest_target/release
    cd "$here"
}

build_component() {
    need rustup "Install Rust from https://rustup.rs"
    need npm "Install Node.js from https://nodejs.org"
    # npm writes no lock file for jco that it takes on another system: its version is exact instead.
    [ -d component/node_modules ] || (cd component && npm install --no-package-lock --no-audit --no-fund)
    jco=$here/component/node_modules/.bin/jco
    guest component 0.63 wasm32-wasip2 --features host
    install -m 644 "$compiled/functions.wasm" component/functions-of-a-host-0.63.wasm
    guest component/command std wasm32-wasip2
    install -m 644 "$compiled/command.wasm" component/command.wasm
    # Without a standard library that asks for WASI the component asks for nothing.
    guest component 0.30 $target
    "$jco" new "$compiled/functions.wasm" -o component/functions-0.30.wasm
    for name in functions-0.30 functions-of-a-host-0.63; do
        "$jco" transpile "component/$name.wasm" --name "$name" --instantiation sync --no-typescript \
            -o "$build/glue/$name"
    done
}

build_extism() {
    need rustup "Install Rust from https://rustup.rs"
    need npm "Install Node.js from https://nodejs.org"
    [ -d extism/node_modules ] || (cd extism && npm ci --no-audit --no-fund)
    for version in 1.4.1 1.0.0; do
        guest extism $version $target
        install -m 644 "$compiled/plugin.wasm" "extism/plugin-$version.wasm"
    done
}

# emscripten VERSION: that em++, found as em++-VERSION or as em++ of just that version.
emscripten() {
    for candidate in "em++-$1" em++; do
        if command -v "$candidate" >/dev/null 2>&1 && "$candidate" --version 2>/dev/null | grep -q " $1 "; then
            echo "$candidate"
            return
        fi
    done
    echo "build.sh: em++ $1 is missing. Put it into PATH as em++-$1" >&2
    return 1
}

# cpp NAME COMPILER SOURCE FLAG...: the module becomes NAME.wasm.
cpp() {
    name=$1
    compiler=$2
    source=$3
    shift 3
    # The compiler is a command with arguments.
    # shellcheck disable=SC2086
    (cd "${name%%/*}" && $compiler "$source" "-ffile-prefix-map=$here=." "$@" -o "$here/$name.wasm")
    chmod 644 "$name.wasm"
}

# rust_module TARGET SOURCE MODULE FLAG...: compiles a single file.
rust_module() {
    std=$(rustc --print sysroot)/lib/rustlib/src/rust
    from=$2
    to=$3
    rust_target=$1
    shift 3
    rustc --edition 2024 --target "$rust_target" -Copt-level=s -Cpanic=abort -Cstrip=symbols \
        "--remap-path-prefix=$std=/rustc" "--remap-path-prefix=$here=." "$@" "$from" -o "$to"
    chmod 644 "$to"
}

build_c() {
    exports=-sEXPORTED_FUNCTIONS=_malloc,_free
    for version in 3.1.6 3.1.69; do
        em=$(emscripten $version)
        cpp "c/shapes-emscripten-$version" "$em" shapes.cpp --no-entry
        cpp "c/shapes-emscripten-$version-growth" "$em" shapes.cpp --no-entry -O2 -sALLOW_MEMORY_GROWTH $exports
        cpp "c/program-emscripten-$version" "$em" shapes.cpp -O1 -DWITH_MAIN
        cpp "command/cpp-emscripten-$version" "$em" main.cpp -O2
        # What belongs to a JavaScript file, and that file, which expected.mjs runs.
        javascript="-O1 -sALLOW_MEMORY_GROWTH -sMODULARIZE -sEXPORT_ES6 -sENVIRONMENT=node -DWITH_MAIN"
        # shellcheck disable=SC2086
        (cd c && $em shapes.cpp "-ffile-prefix-map=$here=." $javascript -sEXPORTED_FUNCTIONS=_malloc,_free,_main \
            -o "$build/glue/javascript.mjs")
        install -m 644 "$build/glue/javascript.wasm" "c/shapes-emscripten-$version-javascript.wasm"
    done
    em=$(emscripten 3.1.69)
    # shellcheck disable=SC2086
    (cd c && $em shapes.cpp $javascript -sWASM_BIGINT -sEXPORTED_RUNTIME_METHODS=HEAPU8 \
        -sEXPORTED_FUNCTIONS=_malloc,_free,_main -o "$build/glue/shapes.mjs")
    cpp c/exceptions-none "$em" shapes.cpp --no-entry -O2 -DWITH_EXCEPTIONS $exports
    cpp c/exceptions-exnref "$em" shapes.cpp --no-entry -O2 -DWITH_EXCEPTIONS $exports -fwasm-exceptions -sWASM_EXNREF=1
    cpp c/exceptions-legacy "$em" shapes.cpp --no-entry -O2 -DWITH_EXCEPTIONS $exports -fwasm-exceptions
    cpp c/exceptions-javascript "$em" shapes.cpp --no-entry -O2 -DWITH_EXCEPTIONS $exports -fexceptions
    em=$(emscripten 3.1.6)
    cpp c/side "$em" shapes.cpp -O2 -sSIDE_MODULE
    need clang++ "Install clang, lld, wasi-libc and libc++ for wasm32"
    library="--target=wasm32-wasi -mexec-model=reactor -fno-exceptions -Os -UNDEBUG -Wl,--export-dynamic -Wl,--strip-all"
    # shellcheck disable=SC2086
    cpp c/shapes-clang-14 clang++ shapes.cpp $library
    cpp command/cpp-clang-14 clang++ main.cpp --target=wasm32-wasi -fno-exceptions -Os -Wl,--strip-all
    python3 -m ziglang version >/dev/null 2>&1 || need zig "Install it with pip install ziglang==0.17.1"
    # shellcheck disable=SC2086
    cpp c/shapes-zig-0.17 "python3 -m ziglang c++" shapes.cpp $library
    rustup target add wasm32-wasip1 $target
    rust_module wasm32-wasip1 command/main.rs command/rust-1.95.wasm
    # The examples of docs/plain-convention.md.
    rust_module $target plain/example.rs plain/example-rust.wasm --crate-type cdylib
    cpp plain/example-c clang example.c --target=wasm32-wasi -mexec-model=reactor -Os -Wl,--strip-all
}

# go_module VERSION: go/functions-VERSION.wasm, by GO_1_19 or GO_1_27: the folders of these versions of Go.
go_module() {
    root=$(eval echo "\${GO_$(echo "$1" | tr . _):-}")
    [ -x "$root/bin/go" ] || {
        echo "build.sh: set GO_$(echo "$1" | tr . _) to the folder of Go $1, from https://go.dev/dl" >&2
        exit 1
    }
    (cd go && GOROOT=$root GOTOOLCHAIN=local GOOS=js GOARCH=wasm \
        "$root/bin/go" build -buildvcs=false -trimpath -ldflags="-s -w" -o "functions-$1.wasm" ./functions)
    chmod 644 "go/functions-$1.wasm"
    # Go keeps its glue in lib/wasm, before 1.24 in misc/wasm.
    glue=$root/lib/wasm/wasm_exec.js
    [ -f "$glue" ] || glue=$root/misc/wasm/wasm_exec.js
    cp "$glue" "$build/glue/wasm_exec-$1.js"
}

build_go() {
    go_module 1.19
    go_module 1.27
}

[ $# -gt 0 ] || set -- rust assemblyscript component extism c go
mkdir -p "$build/glue"
for toolchain in "$@"; do
    case $toolchain in
        rust) build_rust ;;
        assemblyscript) build_assemblyscript ;;
        component) build_component ;;
        extism) build_extism ;;
        c) build_c ;;
        go) build_go ;;
        *) echo "build.sh: there is no toolchain named $toolchain" >&2; exit 1 ;;
    esac
done
