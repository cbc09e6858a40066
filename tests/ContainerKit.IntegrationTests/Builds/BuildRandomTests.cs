using System.Globalization;
using System.Text;
using Xunit;

namespace ContainerKit.IntegrationTests.Builds;

/// <summary>Random Dockerfiles: built twice they hit the cache fully, and a change of anything that can matter misses it.</summary>
public sealed class BuildRandomTests(BuildBed bed) : IClassFixture<BuildBed>
{
    /// <summary>Raises the number of Dockerfiles.</summary>
    private const string CountVariable = "CONTAINERKIT_STRESS_DOCKERFILES";

    private const int UsualCount = 3;

    [Fact]
    public async Task Random_dockerfiles_hit_the_cache_until_something_that_matters_changes()
    {
        int count = int.TryParse(Environment.GetEnvironmentVariable(CountVariable), CultureInfo.InvariantCulture, out int asked) ? asked : UsualCount;
        int seed = Random.Shared.Next();
        for (int i = 0; i < count; i++)
        {
            await CheckAsync(new RandomDockerfile(new Random(seed + i)), $"seed {seed + i}");
        }
    }

    private async Task CheckAsync(RandomDockerfile random, string what)
    {
        string context = bed.Context([.. random.Files.Select(file => (file.Key, file.Value))]);
        Image first = await bed.BuildAsync(context, random.Text, random.Configure);
        var again = new BuildRecord();
        Image second = await bed.BuildAsync(context, random.Text, random.Configure, again);
        Assert.True(first.Id == second.Id && again.Done.Count == 0, $"{what}: an unchanged build did {string.Join(", ", again.Done)}\n{random.Text}");
        foreach ((string change, string text, Func<BuildSpec, BuildSpec> configure, Action<string> apply, Action<string> undo) in random.Changes())
        {
            apply(context);
            var record = new BuildRecord();
            await bed.BuildAsync(context, text, configure, record);
            undo(context);
            Assert.True(record.Done.Count > 0, $"{what}: {change} missed nothing\n{random.Text}");
        }
        foreach (Action<string> harmless in random.Harmless())
        {
            harmless(context);
        }
        var last = new BuildRecord();
        Image same = await bed.BuildAsync(context, random.HarmlessText, random.Configure, last);
        Assert.True(first.Id == same.Id && last.Done.Count == 0, $"{what}: what does not matter made {string.Join(", ", last.Done)}\n{random.Text}");
    }

    /// <summary>A Dockerfile whose result depends on each of its inputs, and how each of these changes.</summary>
    private sealed class RandomDockerfile
    {
        private readonly Dictionary<string, string> _arguments = new(StringComparer.Ordinal);
        private readonly List<int> _commands = [];
        private readonly string[] _lines;

        public RandomDockerfile(Random random)
        {
            string id = random.NextInt64().ToString("x", CultureInfo.InvariantCulture);
            List<string> lines = ["FROM busybox:local AS first"];
            int steps = random.Next(3, 8);
            for (int i = 0; i < steps; i++)
            {
                Add(lines, random, i, id);
            }
            lines.Add("RUN echo stage > /from-first");
            lines.Add("FROM busybox:local");
            lines.Add("COPY --from=first / /all/");
            Add(lines, random, steps, id);
            for (int i = 0; i < lines.Count; i++)
            {
                if (lines[i].StartsWith("RUN", StringComparison.Ordinal))
                {
                    _commands.Add(i);
                }
            }
            _lines = [.. lines];
        }

        public Dictionary<string, string> Files { get; } = new(StringComparer.Ordinal);

        public string Text => Join(_lines);

        /// <summary>The same with comments, blank lines and another case of the keywords.</summary>
        public string HarmlessText
            => Join([.. _lines.SelectMany(line => (string[])["# a comment", "", line.StartsWith("COPY ", StringComparison.Ordinal) ? "copy " + line[5..] : line])]);

        public BuildSpec Configure(BuildSpec spec) => _arguments.Aggregate(spec, (current, pair) => current.WithArgument(pair.Key, pair.Value));

        public IEnumerable<(string What, string Text, Func<BuildSpec, BuildSpec> Configure, Action<string> Apply, Action<string> Undo)> Changes()
        {
            foreach ((string path, string content) in Files)
            {
                yield return ($"content of {path}", Text, Configure, context => File.WriteAllText(Path.Combine(context, path), Flip(content)), context => File.WriteAllText(Path.Combine(context, path), content));
                yield return ($"mode of {path}", Text, Configure, context => SetMode(context, path, "755"), context => SetMode(context, path, "644"));
            }
            foreach (string name in _arguments.Keys)
            {
                yield return ($"argument {name}", Text, spec => Configure(spec).WithArgument(name, "another"), Nothing, Nothing);
            }
            foreach (int command in _commands)
            {
                string[] lines = [.. _lines];
                lines[command] += " && true";
                yield return ($"line {lines[command]}", Join(lines), Configure, Nothing, Nothing);
            }
        }

        public IEnumerable<Action<string>> Harmless()
        {
            yield return context => File.WriteAllText(Path.Combine(context, "not-copied"), "x");
            foreach (string path in Files.Keys)
            {
                yield return context => File.SetLastWriteTimeUtc(Path.Combine(context, path), new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
            }
        }

        private void Add(List<string> lines, Random random, int i, string id)
        {
            string path = string.Create(CultureInfo.InvariantCulture, $"d{random.Next(3)}/f{i}");
            switch (random.Next(5))
            {
                case 0:
                    Files[path] = $"{id} {i}\n";
                    lines.Add($"COPY {path} /copied/{i}/");
                    break;
                case 1:
                    Files[path] = $"{id} {i}\n";
                    lines.Add($"RUN --mount=type=bind,source={path},target=/bound cat /bound > /from-bound-{i}");
                    break;
                case 2:
                    _arguments[$"ARG{i}"] = $"{id}-{i}";
                    lines.Add($"ARG ARG{i}=default");
                    lines.Add($"RUN echo $ARG{i} > /argument-{i}");
                    break;
                case 3:
                    lines.Add($"ENV V{i}={id}");
                    lines.Add($"RUN echo $V{i} > /variable-{i}");
                    break;
                default:
                    lines.Add($"WORKDIR /here/{i}");
                    lines.Add($"RUN echo {id} > here-{i}");
                    break;
            }
        }

        private static string Flip(string content) => (content[0] == 'x' ? 'y' : 'x') + content[1..];

        private static string Join(IEnumerable<string> lines)
        {
            var text = new StringBuilder();
            foreach (string line in lines)
            {
                text.Append(line).Append('\n');
            }
            return text.ToString();
        }

        private static void SetMode(string context, string path, string mode) => File.SetUnixFileMode(Path.Combine(context, path), (UnixFileMode)Convert.ToInt32(mode, 8));

        private static void Nothing(string context)
        {
        }
    }
}
