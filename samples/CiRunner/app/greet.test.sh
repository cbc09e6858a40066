set -e
[ "$(sh /app/greet.sh)" = "Hello, world" ] || { echo "a name that is not given is not \"world\"" >&2; exit 1; }
[ "$(sh /app/greet.sh you)" = "Hello, you" ] || { echo "the name is not the one that was given" >&2; exit 1; }
echo "2 tests passed"
