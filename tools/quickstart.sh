#!/bin/sh
# From a fresh checkout to a real three-node cluster that shows one order of real events.
# Run it again at any time: it is quick then, and replaces the cluster of the run before.
set -eu
cd "$(dirname "$0")/.."

cluster=quickstart
peald=build/release/tools/peald/peald
peal=build/release/tools/peal/peal
no_namespaces=69

say() {
    printf '\n== %s\n' "$*"
}

fail() {
    printf '\nquickstart: %s\n' "$*" >&2
    exit 1
}

build() {
    say "2 of 4: building peald and peal into build/release (a few minutes the first time)"
    mkdir -p build
    cmake --preset release >build/configure.log 2>&1 || {
        cat build/configure.log >&2
        fail "the build could not be configured; the lines above say what is missing"
    }
    cmake --build --preset release --target peald peal ||
        fail "the build failed. When memory ran out, 'cmake --build --preset release --target peald peal -j 1' helps"
}

# Not a cluster, but the same daemon and commands. Nothing of it outlives its folder and its process.
standalone() {
    say "3 of 4: no network namespaces here (the reason is above), so no cluster: one standalone peald"
    folder=${TMPDIR:-/tmp}/peal-quickstart-$(id -u)
    [ -d "$folder" ] || mkdir -m 700 "$folder"
    if [ -f "$folder/pid" ] && [ "$(readlink "/proc/$(cat "$folder/pid")/exe")" = "$PWD/$peald" ]; then
        kill "$(cat "$folder/pid")"
        tail --pid="$(cat "$folder/pid")" -f /dev/null
    fi
    "$peald" --standalone --data "$folder/data" --socket "$folder/peal.sock" >"$folder/log" 2>&1 </dev/null &
    echo $! >"$folder/pid"
    export PEAL_SOCKET="$folder/peal.sock"
    i=0
    until "$peal" status >/dev/null 2>&1; do
        i=$((i + 1))
        [ $i -lt 100 ] || fail "peald does not answer: $(cat "$folder/log")"
        sleep 0.1
    done
    say "4 of 4: a few events, and what a subscriber sees of them"
    for number in one two three; do
        "$peal" publish app.hello --subject "$number"
    done
    "$peal" subscribe --from first --type 'app.*' --idle 500ms
    cat <<TEXT

peald runs on. What to try next:
  look:   PEAL_SOCKET=$folder/peal.sock $peal status
  listen: PEAL_SOCKET=$folder/peal.sock $peal subscribe --from first
  end it: kill $(cat "$folder/pid")
TEXT
}

say "1 of 4: installing what is missing"
tools/install.sh build ||
    fail "packages are missing, see above; install them, then run tools/quickstart.sh again"
build

say "3 of 4: three corosync nodes with a peald each, in network namespaces of their own"
tools/devcluster --name "$cluster" down
code=0
tools/devcluster --name "$cluster" up 3 || code=$?
case $code in
    0) ;;
    "$no_namespaces") standalone; exit ;;
    *) fail "the cluster did not come up; the lines above say why. Run tools/quickstart.sh again, or see docs/operations.md" ;;
esac

say "4 of 4: real things happen; what a subscriber on each node sees, side by side"
python3 tools/quickstart_tour.py "$cluster" ||
    fail "the tour failed. The daemons' logs: tools/devcluster --name $cluster logs n1"
cat <<TEXT

The cluster stays up. What to try next:
  listen on one node:   tools/devcluster --name $cluster exec n2 peal subscribe --from first
  publish on another:   tools/devcluster --name $cluster exec n1 peal publish app.hello --subject world
  take all of it down:  tools/devcluster --name $cluster down
TEXT
