#!/usr/bin/env bash
# What Loom costs a user's build: a clean debug build of a crate with the XOR network and no GPU, an incremental one after an
# edit of the SwiGLU network, and the expansion of a stack of 200 layers and of a graph of 500 as the compiler itself times it (a flag
# of its own development, hence RUSTC_BOOTSTRAP).
#
#     benches/compile_time.sh
set -euo pipefail
loom=$(cd "$(dirname "$0")/../loom" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Seconds that a command takes.
seconds() {
    local start end
    start=$(date +%s%N)
    "$@" >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
    end=$(date +%s%N)
    awk "BEGIN { print ($end - $start) / 1e9 }"
}

# The middle one of three.
median() {
    printf '%s\n' "$@" | sort -g | sed -n 2p
}

network() {
    printf 'use loom::prelude::*;\nnetwork! { struct Net { %s } }\nfn main() { println!("{:?}", Net::new(Seed(1))); }\n' "$1" \
        >"$folder/src/main.rs"
}

mkdir "$folder/src"
cat >"$folder/Cargo.toml" <<TOML
[package]
name = "user"
edition = "2024"

[dependencies]
loom = { package = "loom-nn", path = "$loom", default-features = false }
TOML
cd "$folder"
network 'Dense<2, 8> -> Tanh -> Dense<8, 8> -> Tanh -> Dense<8, 1>'
cargo fetch --quiet
echo "clean build, XOR, no GPU: $(seconds cargo build) s"

times=()
for hidden in 513 514 515; do
    network "Dense<256, $hidden> -> Relu -> SwiGlu<$hidden> -> SwiGlu<$hidden> -> Dense<$hidden, 128> -> Relu -> Dense<128, 10>"
    times+=("$(seconds cargo build)")
done
echo "rebuild after an edit of the SwiGLU network, median of 3: $(median "${times[@]}") s"

# Seconds that the macros of the user's crate take to expand.
expansion() {
    RUSTC_BOOTSTRAP=1 cargo rustc --quiet --profile check -- -Z time-passes 2>&1 |
        sed -n 's/^time: *\([0-9.]*\);.*[[:space:]]expand_crate$/\1/p'
}

cargo check --quiet
times=()
for size in 5 6 7; do
    stack="Dense<$size, $size>"
    for ((layer = 1; layer < 200; layer++)); do stack+=" -> Dense<$size, $size>"; done
    network "$stack"
    times+=("$(expansion)")
done
echo "expansion of 200 layers, median of 3: $(median "${times[@]}") s"

times=()
for size in 5 6 7; do
    values="let v0 = Dense<$size, $size>;"
    for ((i = 1; i <= 125; i++)); do
        before="v$((i - 1))"
        values+=" let v$i = Sum { $before | $before -> Dense<$size, $size> -> Tanh } -> LayerNorm;"
    done
    network "$values v125"
    times+=("$(expansion)")
done
echo "expansion of a graph of 500 layers, median of 3: $(median "${times[@]}") s"
