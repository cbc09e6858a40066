#!/usr/bin/env bash
# Packs every package and the tool, and uses them as their users do: from a feed, in projects outside of the repository, as an ordinary user.
# CONTAINERKIT_STRESS_CLASSES: how many test classes have a database of their own at the same time (3).
# Usage: tests/packages/run.sh [USER]    USER runs the containers; as root a user is made for that, and removed.
# The last line is that of a test run: Failed: N, Passed: N, Skipped: N.
set -euo pipefail
cd "$(dirname "$0")/../.."
repository=$PWD
packages=(ContainerKit ContainerKit.Linux ContainerKit.Oci ContainerKit.DockerApi ContainerKit.Compose ContainerKit.Hosting ContainerKit.RegistryServer ContainerKit.Testing ContainerKit.Cli)
version=$(sed -n 's|.*<Version>\(.*\)</Version>.*|\1|p' Directory.Build.props)
work=$(mktemp -d -p "${TMPDIR:-/tmp}" ck-packages.XXXXXX)
user=${1:-}
made=''
passed=0 failed=0 skipped=0
classes=${CONTAINERKIT_STRESS_CLASSES:-3}

clean_up() {
  [ -z "$made" ] || userdel --remove "$made" >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap clean_up EXIT

if [ -z "$user" ]; then
  user=$(id -un)
  if [ "$(id -u)" = 0 ]; then
    user=ckci-packages
    id "$user" >/dev/null 2>&1 || {
      useradd --create-home "$user"
      made=$user

      # A home that was left behind belongs to whoever had the name before.
      chown -R "$user:" "$(getent passwd "$user" | cut -d: -f6)"
    }
  fi
fi
home=$(getent passwd "$user" | cut -d: -f6)

# What a new machine of that user has: nothing of the repository, a package cache and a directory for temporary files of its own.
# NuGet's are named after the user: those of one that was removed belong to nobody, and the next user of that name may not use them.
as_user() {
  local run=(env -i HOME="$home" USER="$user" LOGNAME="$user" PATH="$PATH" TMPDIR="$work/tmp" NUGET_PACKAGES="$work/cache" DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
    MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false DOTNET_CLI_USE_MSBUILD_SERVER=0 "$@")
  if [ "$user" = "$(id -un)" ]; then "${run[@]}"; else setpriv --reuid="$user" --regid="$user" --init-groups "${run[@]}"; fi
}

# What the analyzers have to say is said by the build of the solution.
pack() {
  dotnet pack "src/$1" -c Release -o "$2" --nologo -v q -p:RunAnalyzers=false
}

check() {
  local title=$1
  shift
  # In a condition "set -e" would have no effect within the function.
  local code
  set +e
  (set -e; "$@") > "$work/output" 2>&1
  code=$?
  set -e
  if [ "$code" = 0 ]; then
    passed=$((passed + 1))
    echo "  passed: $title"
  else
    failed=$((failed + 1))
    echo "  FAILED: $title"
    sed 's/^/    /' "$work/output"
  fi
}

# README, licence, icon, symbols; nothing of this machine in the names of source files.
is_whole() {
  local name=$1 package=$work/feed/$1.$version.nupkg symbols=$work/feed/$1.$version.snupkg content
  [ -s "$package" ]
  [ -s "$symbols" ]
  content=$(unzip -Z1 "$package")
  grep -qx README.md <<< "$content"
  grep -qx icon.png <<< "$content"
  unzip -p "$package" "$name.nuspec" | grep '<license type="expression">MIT</license>'
  rm -rf "$work/symbols"
  unzip -q "$symbols" -d "$work/symbols"
  if grep -raF "$repository/" "$work/symbols"; then return 1; fi
}

is_reproducible() {
  rm -rf src/ContainerKit.Oci/obj/Release src/ContainerKit.Oci/bin/Release
  pack ContainerKit.Oci "$work/again"
  cmp <(unzip -p "$work/feed/ContainerKit.Oci.$version.nupkg" lib/net10.0/ContainerKit.Oci.dll) <(unzip -p "$work/again/ContainerKit.Oci.$version.nupkg" lib/net10.0/ContainerKit.Oci.dll)
}

console_runs() {
  as_user bash -ec "cd '$work/console' && dotnet new console --force -o . && cp '$work/console.cs' Program.cs && dotnet add package ContainerKit --version $version && dotnet run" | tee "$work/console.out"
  grep -qx 'hello from a container' "$work/console.out"
}

trimmed_runs() {
  as_user bash -ec "cd '$work/console' && dotnet publish -r linux-x64 --self-contained -p:PublishSingleFile=true -p:PublishTrimmed=true -o '$work/console/published'" | tee "$work/publish.out"
  if grep -E 'warning IL[0-9]+' "$work/publish.out"; then return 1; fi
  as_user "$work/console/published/console" | tee "$work/console.out"
  grep -qx 'hello from a container' "$work/console.out"
}

xunit_runs() {
  as_user bash -ec "cd '$work/xunit' && dotnet new console --force -o . && rm Program.cs && cp '$work/xunit.cs' Tests.cs && dotnet add package xunit.v3 --version 3.2.2 && dotnet add package ContainerKit.Testing --version $version && dotnet run" | tee "$work/xunit.out"
  grep -q 'Total: 1, Errors: 0, Failed: 0, Skipped: 0' "$work/xunit.out"
}

# A project of its own, as a user writes it: one class in 14 lines. Here there are several, each with a PostgreSQL, at the same time.
databases_run() {
  local each
  [ "$(wc -l < tests/packages/xunit/Database.cs)" -le 15 ]
  rm "$work/xunit/Tests.cs"
  for each in $(seq "$classes"); do
    sed "s/DatabaseTests/Database${each}Tests/" tests/packages/xunit/Database.cs > "$work/xunit/Database$each.cs"
  done
  chmod -R a+rX "$work/xunit"
  as_user "$work/tools/bin/ckit" --data-root "$work/tools/tests" load --quiet --input "$work/postgres.tar"
  as_user CONTAINERKIT_TEST_DATA_ROOT="$work/tools/tests" bash -ec "cd '$work/xunit' && dotnet add package Npgsql && dotnet build -v q --nologo && time dotnet run --no-build -- -maxThreads unlimited" | tee "$work/xunit.out"

  # Its files are of several users: nobody but the engine can remove them.
  as_user "$work/tools/bin/ckit" --data-root "$work/tools/tests" image rm --force postgres:17
  grep -q "Total: $classes, Errors: 0, Failed: 0, Skipped: 0" "$work/xunit.out"
}

# Of the server that this machine has; PostgreSQL refuses to be root, so its container needs more than one user.
make_postgres() {
  local program=tests/ContainerKit.Testing.Tests/bin/Debug/net10.0/ContainerKit.Testing.Tests.dll
  [ -e "$program" ] || dotnet build tests/ContainerKit.Testing.Tests --nologo -v q
  CONTAINERKIT_TESTING_EXPORT="$work/postgres.tar" dotnet "$program" || return 1
  grep -q "^$user:" /etc/subuid /etc/subgid 2>/dev/null && command -v newuidmap >/dev/null || [ "$(id -u "$user")" = 0 ] || { echo "$user has no range of ids, or uidmap is missing"; return 1; }
}

# What the READMEs mark as csharp; cs is for what is only a part of a program. What they take for granted is in fields.
readmes_compile() {
  local package
  {
    printf 'global using %s;\n' System.Net ContainerKit ContainerKit.Compose ContainerKit.DockerApi ContainerKit.Hosting ContainerKit.RegistryServer ContainerKit.Testing
    printf 'internal static class Examples\n{\n'
    printf '    private static readonly %s = null!;\n' 'ContainerEngine engine' 'WebApplicationBuilder builder' 'WebApplication app'
    printf '    private static void Main() { }\n'
    awk '
      FNR == 1 { inside = 0 }
      inside && /^```/ { print "    }"; inside = 0 }
      inside && !/^using / { print "#line " FNR " \"" FILENAME "\""; print }
      /^```csharp$/ { count++; inside = 1; print "    private static async Task Example" count "(string[] args)"; print "    {" }' README.md src/*/README.md
    printf '}\n'
  } > "$work/Examples.cs"
  grep -c 'static async Task' "$work/Examples.cs"
  as_user bash -ec "cd '$work/readmes' && dotnet new web --force -o . && cp '$work/Examples.cs' Program.cs"
  for package in Compose DockerApi Hosting RegistryServer Testing; do
    sed -i "s|</Project>|<ItemGroup><PackageReference Include=\"ContainerKit.$package\" Version=\"$version\" /></ItemGroup></Project>|" "$work/readmes/readmes.csproj"
  done
  as_user bash -ec "cd '$work/readmes' && dotnet build --nologo -v q"
}

tool_runs() {
  as_user dotnet tool install ContainerKit.Cli --version "$version" --tool-path "$work/tools/bin" --configfile "$work/nuget.config"
  tar -C "$work" -cf "$work/rootfs.tar" --transform 's|^busybox$|bin/busybox|' busybox
  as_user "$work/tools/bin/ckit" --data-root "$work/tools/data" import "$work/rootfs.tar" packages:busybox
  [ "$(as_user "$work/tools/bin/ckit" --data-root "$work/tools/data" run --rm packages:busybox /bin/busybox echo hello from the tool)" = 'hello from the tool' ]
}

echo "== packages, used as $user"
for package in "${packages[@]}"; do
  pack "$package" "$work/feed"
done
cat > "$work/nuget.config" <<CONFIG
<configuration>
  <packageSources>
    <clear />
    <add key="local" value="$work/feed" />
    <add key="nuget.org" value="https://api.nuget.org/v3/index.json" />
  </packageSources>
</configuration>
CONFIG
cp tests/packages/console/Program.cs "$work/console.cs"
cp tests/packages/xunit/Tests.cs "$work/xunit.cs"
cp "$(command -v busybox)" "$work/busybox"
mkdir "$work/console" "$work/xunit" "$work/readmes" "$work/tools" "$work/cache" "$work/tmp"
chmod -R a+rX "$work"
[ "$user" = "$(id -un)" ] || chown -R "$user" "$work/console" "$work/xunit" "$work/readmes" "$work/tools" "$work/cache" "$work/tmp"

for package in "${packages[@]}"; do
  check "$package has a README, a licence, an icon, symbols" is_whole "$package"
done
check 'the same sources give the same assembly' is_reproducible
check 'a new console project runs a container' console_runs
check 'the same, trimmed and in a single file' trimmed_runs
check 'a new xunit project runs a test with a container' xunit_runs
check 'the examples of the READMEs compile' readmes_compile
check 'the tool ckit runs a container' tool_runs
if make_postgres > "$work/output" 2>&1; then
  chmod a+r "$work/postgres.tar"
  check "a new xunit project of $classes classes passes, each with a PostgreSQL" databases_run
  grep '^real' "$work/output" || true
else
  skipped=$((skipped + 1))
  echo "  skipped: databases: $(tail -n 1 "$work/output")"
fi
echo "Failed: $failed, Passed: $passed, Skipped: $skipped"
[ "$failed" = 0 ]
