# Sourced by the scripts. make_test_venv lowest|newest makes .venv-lowest or .venv-newest; make_venv EXTRAS makes .venv if it is missing or out of date and puts it on PATH.
# shellcheck shell=sh

find_python() {
    for candidate in python3 python3.13 python3.12 python3.11 python; do
        if "$candidate" -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo 'dcase_classic needs Python >= 3.11: none was found on PATH' >&2
    return 1
}

make_venv() {
    stamp=".venv/installed-$(printf '%s' "$1" | tr -c 'a-z\n' '_')"
    if [ ! -f "$stamp" ] || [ setup.cfg -nt "$stamp" ]; then
        python=$(find_python)
        [ -x .venv/bin/python ] || "$python" -m venv .venv
        # the pip that comes with a Python may be old: it serves, but looks twice as long for versions
        .venv/bin/python -m pip install --quiet --no-compile --disable-pip-version-check --upgrade pip >&2 || :
        # a new pip shows what setuptools warns of at every editable installation
        PYTHONWARNINGS=ignore .venv/bin/python -m pip install --quiet --no-compile --disable-pip-version-check --editable "$1" >&2
        # one process of pip takes 15 s to compile what it installs, nobody needs its tests; meanwhile other work goes on
        .venv/bin/python -m compileall -qq -j 0 -x '/tests/' .venv/lib > /dev/null 2>&1 &
        touch "$stamp"
    fi
    PATH="$PWD/.venv/bin:$PATH"
    export PATH
}

make_test_venv() {
    folder=".venv-$1"
    if [ ! -f "$folder/installed" ] || [ setup.cfg -nt "$folder/installed" ] || [ "$1" = newest ]; then
        python=$(find_python)
        [ -x "$folder/bin/python" ] || "$python" -m venv "$folder"
        "$python" scripts/lowest.py "$1" > "$folder/constraints.txt"
        "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade \
            --upgrade-strategy eager --constraint "$folder/constraints.txt" --editable '.[test]' >&2
        touch "$folder/installed"
    fi
    PATH="$PWD/$folder/bin:$PATH"
    export PATH
}
