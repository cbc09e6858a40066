using System.Collections.Immutable;
using ContainerKit.Oci;

namespace ContainerKit.Testing.Tests.Images;

/// <summary>The servers of this machine's Debian packages, as images with the names and the contract of the published ones. What is missing is a <see cref="PlatformNotSupportedException"/>.</summary>
internal static class ServerImages
{
    private const string Users = "root:x:0:0:root:/root:/bin/sh\npostgres:x:999:999::/var/lib/postgresql:/bin/sh\nmysql:x:998:998::/var/lib/mysql:/bin/sh\nrabbitmq:x:997:997::/var/lib/rabbitmq:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n";
    private const string Groups = "root:x:0:\npostgres:x:999:\nmysql:x:998:\nrabbitmq:x:997:\nnogroup:x:65534:\n";

    private const string PostgresEntrypoint = """
        #!/bin/sh
        set -e
        if [ "$1" = postgres ] && [ "$(id -u)" = 0 ]; then
          mkdir -p "$PGDATA" /var/run/postgresql
          find "$PGDATA" /var/run/postgresql ! -user postgres -exec chown postgres:postgres '{}' +
          chmod 700 "$PGDATA"
          exec /usr/bin/setpriv --reuid=postgres --regid=postgres --clear-groups "$0" "$@"
        fi
        if [ ! -s "$PGDATA/PG_VERSION" ]; then
          [ -n "$POSTGRES_PASSWORD" ] || { echo 'Error: Database is uninitialized and superuser password is not specified.' >&2; exit 1; }
          printf '%s' "$POSTGRES_PASSWORD" > /tmp/password
          initdb -U "${POSTGRES_USER:-postgres}" --pwfile=/tmp/password -E UTF8 --locale=C --auth-local=trust --auth-host=scram-sha-256 --no-sync -D "$PGDATA"
          rm /tmp/password
          echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
          echo "listen_addresses = '*'" >> "$PGDATA/postgresql.conf"
          pg_ctl -D "$PGDATA" -o "-c listen_addresses=" -w start
          [ "${POSTGRES_DB:-postgres}" = postgres ] || psql -U "${POSTGRES_USER:-postgres}" -d postgres -c "CREATE DATABASE \"$POSTGRES_DB\""
          pg_ctl -D "$PGDATA" -m fast -w stop
          echo 'PostgreSQL init process complete; ready for start up.'
        fi
        exec "$@"
        """;

    private const string MariaEntrypoint = """
        #!/bin/sh
        set -e
        data=/var/lib/mysql
        for each in "$@"; do case "$each" in --datadir=*) data=${each#--datadir=} ;; esac; done
        if [ "$1" = mariadbd ] && [ "$(id -u)" = 0 ]; then
          mkdir -p "$data" /run/mysqld
          find "$data" /run/mysqld ! -user mysql -exec chown mysql:mysql '{}' +
          exec /usr/bin/setpriv --reuid=mysql --regid=mysql --clear-groups "$0" "$@"
        fi
        if [ ! -d "$data/mysql" ]; then
          { echo 'create database mysql;'
            echo 'use mysql;'
            cat /usr/share/mysql/mysql_system_tables.sql /usr/share/mysql/mysql_performance_tables.sql /usr/share/mysql/mysql_system_tables_data.sql /usr/share/mysql/fill_help_tables.sql
          } > /tmp/bootstrap.sql
          mariadbd --no-defaults --datadir="$data" --bootstrap --innodb-flush-method=fsync < /tmp/bootstrap.sql
          { echo "CREATE DATABASE IF NOT EXISTS \`$MARIADB_DATABASE\`;"
            echo "CREATE USER '$MARIADB_USER'@'%' IDENTIFIED BY '$MARIADB_PASSWORD';"
            echo "GRANT ALL ON \`$MARIADB_DATABASE\`.* TO '$MARIADB_USER'@'%';"
            echo "ALTER USER 'root'@'localhost' IDENTIFIED BY '$MARIADB_ROOT_PASSWORD';"
          } > /tmp/init.sql
          set -- "$@" --init-file=/tmp/init.sql
        fi
        exec "$@" --bind-address=0.0.0.0
        """;

    private const string RabbitEntrypoint = """
        #!/bin/sh
        set -e
        if [ "$(id -u)" = 0 ]; then
          mkdir -p /var/lib/rabbitmq /var/log/rabbitmq
          chown -R rabbitmq:rabbitmq /var/lib/rabbitmq /var/log/rabbitmq
          exec /usr/bin/setpriv --reuid=rabbitmq --regid=rabbitmq --clear-groups "$0" "$@"
        fi
        export HOME=/var/lib/rabbitmq RABBITMQ_CONFIG_FILE=/tmp/rabbitmq.conf RABBITMQ_LOGS=- RABBITMQ_ENABLED_PLUGINS_FILE=/tmp/enabled_plugins
        printf 'loopback_users.%s = false\nlog.console = true\ndefault_user = %s\ndefault_pass = %s\n' "$RABBITMQ_DEFAULT_USER" "$RABBITMQ_DEFAULT_USER" "$RABBITMQ_DEFAULT_PASS" > /tmp/rabbitmq.conf
        echo '[].' > /tmp/enabled_plugins
        exec "$@"
        """;

    private const string NginxConfiguration = """
        daemon off;
        user root root;
        worker_processes 1;
        pid /tmp/nginx.pid;
        error_log stderr;
        events { worker_connections 64; }
        http {
          access_log off;
          client_body_temp_path /tmp/nb; proxy_temp_path /tmp/np; fastcgi_temp_path /tmp/nf; uwsgi_temp_path /tmp/nu; scgi_temp_path /tmp/ns;
          server { listen 80; root /usr/share/nginx/html; }
        }
        """;

    internal static Task<Image> PostgresAsync(ContainerEngine engine, string name, CancellationToken cancellationToken)
    {
        const string Home = "/usr/lib/postgresql/15";
        return MakeAsync(engine, name, "postgresql-15", [$"{Home}/bin/postgres", $"{Home}/bin/initdb", $"{Home}/bin/pg_ctl", $"{Home}/bin/psql", $"{Home}/bin/pg_isready", "/usr/bin/setpriv"], PostgresEntrypoint, async image =>
        {
            await image.AddTreeAsync($"{Home}/lib", cancellationToken, "bitcode", "llvmjit");
            await image.AddTreeAsync("/usr/share/postgresql/15", cancellationToken, "/man/");

            // The path that the server looks for its share and library directories by is compiled in.
            foreach (string program in (string[])["initdb", "pg_ctl", "psql", "pg_isready"])
                image.AddLink("/usr/bin/" + program, $"{Home}/bin/{program}");
        }, new ExecutionConfiguration
        {
            Env = [$"PATH={Home}/bin:/usr/sbin:/usr/bin", "PGDATA=/var/lib/postgresql/data"],
            Entrypoint = ["/docker-entrypoint.sh"],
            Cmd = ["postgres"],
            StopSignal = "SIGINT",
        }, cancellationToken);
    }

    internal static Task<Image> MariaDbAsync(ContainerEngine engine, string name, CancellationToken cancellationToken)
        => MakeAsync(engine, name, "mariadb-server", ["/usr/sbin/mariadbd", "/usr/bin/setpriv"], MariaEntrypoint,
            image => image.AddTreeAsync("/usr/share/mysql", cancellationToken), Configure("mariadbd"), cancellationToken);

    internal static Task<Image> RedisAsync(ContainerEngine engine, string name, CancellationToken cancellationToken)
        => MakeAsync(engine, name, "redis-server", ["/usr/bin/redis-server"], "#!/bin/sh\nexec \"$@\"\n", _ => Task.CompletedTask, Configure("redis-server"), cancellationToken);

    internal static Task<Image> MemcachedAsync(ContainerEngine engine, string name, CancellationToken cancellationToken)
        => MakeAsync(engine, name, "memcached", ["/usr/bin/memcached"], "#!/bin/sh\nexec \"$@\" -u root\n", _ => Task.CompletedTask, Configure("memcached"), cancellationToken);

    internal static Task<Image> NginxAsync(ContainerEngine engine, string name, CancellationToken cancellationToken)
        => MakeAsync(engine, name, "nginx-light", ["/usr/sbin/nginx"], "#!/bin/sh\nexec \"$@\"\n", image =>
        {
            image.AddText("/etc/nginx/nginx.conf", NginxConfiguration);
            image.AddText("/usr/share/nginx/html/index.html", "welcome\n");
            image.AddText("/var/log/nginx/.keep", "");
            return Task.CompletedTask;
        }, Configure("nginx", "-c", "/etc/nginx/nginx.conf"), cancellationToken);

    internal static Task<Image> RabbitMqAsync(ContainerEngine engine, string name, CancellationToken cancellationToken)
        => MakeAsync(engine, name, "rabbitmq-server", ["/usr/lib/rabbitmq/bin/rabbitmq-server", "/usr/bin/setpriv"], RabbitEntrypoint, async image =>
        {
            await image.AddTreeAsync("/usr/lib/rabbitmq", cancellationToken);
            await image.AddTreeAsync("/usr/lib/erlang", cancellationToken, "/src/", "/include/", "/examples/");
            foreach (string program in (string[])["erl", "epmd", "escript"])
                image.AddLink("/usr/bin/" + program, "../lib/erlang/bin/" + program);
        }, Configure("/usr/lib/rabbitmq/bin/rabbitmq-server"), cancellationToken);

    private static ExecutionConfiguration Configure(params string[] command) => new()
    {
        Env = ["PATH=/usr/sbin:/usr/bin", "LANG=C.UTF-8"],
        Entrypoint = ["/docker-entrypoint.sh"],
        Cmd = command,
    };

    private static async Task<Image> MakeAsync(
        ContainerEngine engine, string name, string package, ImmutableArray<string> programs, string entrypoint, Func<MachineImage, Task> add, ExecutionConfiguration configuration,
        CancellationToken cancellationToken)
    {
        if (programs.FirstOrDefault(program => !File.Exists(program)) is { } missing)
            throw new PlatformNotSupportedException($"missing capability: {missing} (package {package})");
        var image = new MachineImage();
        await image.AddProgramsAsync(programs.Where(program => !program.Contains("rabbitmq", StringComparison.Ordinal)), cancellationToken);
        image.AddText("/docker-entrypoint.sh", entrypoint.ReplaceLineEndings("\n"), "755");
        image.AddText("/etc/passwd", Users);
        image.AddText("/etc/group", Groups);
        image.AddText("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n");
        await add(image);
        return await image.ImportAsync(engine, name, configuration, cancellationToken);
    }
}
