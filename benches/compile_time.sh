#!/usr/bin/env bash
# What Loom costs a user's build: a clean debug build of a crate with the XOR network and no GPU, an incremental one after an
# edit of the SwiGLU network, the expansion of a stack of 200 layers and of a graph of 500 nodes, and a build with 50 functions. Where
# there is a bar, the script says whether the figure is below it, and fails if one is not.
#
# Macros are compiled as Cargo compiles them for a user's debug build, without optimisation. An expansion is timed by the compiler itself
# (a flag of its own development, hence RUSTC_BOOTSTRAP), so that neither Cargo nor what comes after the macros counts.
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

# Prints a figure beside its bar.
failed=0
bar() {
    local verdict=pass
    awk "BEGIN { exit !($2 > $3) }" && verdict=FAIL failed=1
    echo "$1: $2 s, at most $3 s: $verdict"
}

# Seconds that the macros of the user's crate take to expand.
expansion() {
    local time
    time=$(RUSTC_BOOTSTRAP=1 cargo rustc --quiet --profile check -- -Z time-passes 2>&1 |
        sed -n 's/^time: *\([0-9.]*\);.*[[:space:]]expand_crate$/\1/p')
    [ -n "$time" ] || { echo "the compiler does not tell the time of expand_crate" >&2; exit 1; }
    echo "$time"
}

cargo check --quiet
times=()
for size in 5 6 7; do
    stack="Dense<$size, $size>"
    for ((layer = 1; layer < 200; layer++)); do stack+=" -> Dense<$size, $size>"; done
    network "$stack"
    times+=("$(expansion)")
done
bar "expansion of 200 layers, median of 3" "$(median "${times[@]}")" 0.1

times=()
for size in 5 6 7; do
    values="let v0 = Dense<$size, $size>;"
    for ((i = 1; i <= 100; i++)); do
        before="v$((i - 1))"
        values+=" let a$i = $before -> Dense<$size, $size> -> Tanh; let b$i = Sum { $before | a$i };"
        values+=" let v$i = Concat { a$i | b$i } -> Dense<$((2 * size)), $size>;"
    done
    network "$values v100"
    times+=("$(expansion)")
done
bar "expansion of a graph of 500 nodes, median of 3" "$(median "${times[@]}")" 0.3

# A network of 50 layers, each with an activation behind it: a function of its own, or `Tanh`.
activations() {
    local items="" stack="Dense<$1, $1>"
    for ((i = 1; i <= 50; i++)); do
        if [ "$2" = functions ]; then
            items+=" fn f$i(x, scale: Param<[$1]> = 1.0) {"
            items+=" let y = x * scale - mean(x, axis = 0, keep = true); y * sigmoid($i.5 * y) + 0.5 * tanh(y) }"
            stack+=" -> f$i -> Dense<$1, $1>"
        else
            stack+=" -> Tanh -> Dense<$1, $1>"
        fi
    done
    printf 'use loom::prelude::*;\nnetwork! { %s struct Net { %s } }\nfn main() { println!("{:?}", Net::new(Seed(1))); }\n' \
        "$items" "$stack" >src/main.rs
}

functions=() none=()
for size in 5 6 7; do
    activations "$size" functions
    functions+=("$(seconds cargo build)")
    activations "$size" none
    none+=("$(seconds cargo build)")
done
with=$(median "${functions[@]}") without=$(median "${none[@]}")
echo "build with 50 functions, and with none, medians of 3: $with s, $without s"
bar "what the 50 functions take" "$(awk "BEGIN { print $with - $without }")" 3
exit "$failed"
