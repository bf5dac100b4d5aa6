// SPDX-License-Identifier: Apache-2.0
#include "shared/config/reference.h"

#include "shared/config/directive.h"

namespace weir {
namespace config {
namespace {

constexpr std::string_view kLexical = R"(# Configuration

<!-- Written by `make docs` from the tables in the source. -->

A configuration is an INI file in nginx's vocabulary: where nginx has a directive for a thing, weir uses its name,
its arguments and its meaning. What differs is said in the tables below. `weir -t` checks a configuration and
reports everything that is wrong with it at once; `weir -T` prints what is in effect, and which line made it so.

## How it is written

* One directive a line, `name = arguments`, in a section, `[kind]` or `[kind label]`. Indentation means nothing.
* Blanks part arguments. An argument that begins with `"` or `'` goes on to the same mark again, blanks included.
  Between the marks `\"`, `\'`, `\\`, `\t`, `\r` and `\n` are escapes; any other backslash, and each one outside of
  quotes, is itself, so that patterns need no doubling.
* A line that begins with `#` or `;` is a comment. There are none behind a value, which goes on to the end of its
  line: `max-age=1; preload` is one. `-t` warns where a value looks as if it held a comment.
* A line that ends in `\` goes on in the next one. A line, so joined, may have 64 KiB. Lines may end in CRLF, and
  the file may begin with a byte order mark. Control characters, NUL among them, are errors.
* A directive that may repeat is written again, once for each value. Any other one is an error the second time in a
  section.
* `include = PATTERN` anywhere reads other files in the order of their names. The path is relative to the including
  file. A pattern (`*`, `?`, `[`) may match nothing, a plain name must exist. What is included stands in the section
  it is included from and may begin sections of its own; behind the include, the including file goes on in the
  section it was in.
* `${env.NAME}` is the environment variable, `${env.NAME:-default}` the default where it is unset or empty. It is
  put in before the line is parted into arguments, anywhere but in names of directives. An unset one without a
  default is an error.
* Paths are relative to the prefix (`-p`), but for includes.
* Sizes are `512`, `8k`, `1m`, `2g`. Times are `500ms`, `10s`, `5m`, `1h`, `1d`, `1w`, `1M` (30 days), `1y` (365
  days), or joined, `1h30m`; a bare number is seconds. Switches are `on` and `off`.

## What is inherited

A `[server]` inherits the directives of `[http]`, a `[location]` those of its server, but for `return`,
`proxy_pass`, `alias` and `try_files`. A value replaces the inherited one. Of directives that repeat:

* A section that has any `allow`, `deny`, `access_log`, `set_real_ip_from`, `proxy_hide_header`, `proxy_pass_header`
  or `proxy_redirect` inherits none of these (of `allow` and `deny`: neither).
* So do the lists of files, types and names: `index`, `charset_types`, `gzip_types`, `cors` and `cors_*`.
* `types` and `error_page` add to what is inherited, and `none` forgets that.
* `add_header` and `proxy_set_header` are merged. A name written in a section replaces what the section inherits of
  that name; a name written twice in one section counts twice. `add_header = NAME none` takes a header out,
  `add_header = none` all that stand above or were inherited. A header with the value `none` is written in quotes.

The value of these two is the rest of the line; blanks in a row count as one, unless quoted.

## Sections

| section | what it is |
|---|---|
)";

constexpr std::string_view kSectionNotes = R"(
`[main]`, `[metrics]` and `[http]` may be written in several places and count as one. A `[location]` belongs to the
`[server]` above it in its file, or above the include that brings it. Its label is nginx's argument: `/path/` (a
prefix), `= /path`, `^~ /path/`, `~ pattern`, `~* pattern` or `@name`. A label cannot hold `]`, nor be longer than 49
characters: such a pattern goes into `match`, and the label is a name.

)";

constexpr std::string_view kNoVariables =
    "nginx's names. A value that takes variables and holds one that does not exist is an error that says which is "
    "nearest.\n";

constexpr std::string_view kCommandLine =
    R"(
## Command line

`weir [-c FILE] [-p PREFIX] [-g "name = value"] [-e ERROR_LOG] [-t] [-T] [-q] [-v] [-V] [-h] [-s SIGNAL]`

| option | what it does |
|---|---|
| `-c FILE` | the configuration, `conf/weir.ini` unless given |
| `-p PREFIX` | the folder that relative paths start from |
| `-g "name = value"` | a directive of `[main]`, instead of what the file says; may repeat |
| `-e ERROR_LOG` | where errors go until the configuration says |
| `-t` | check the configuration, print all that is wrong, exit with 0 or 1 |
| `-T` | the same, and print the configuration in effect. )"
    R"(A comment says where the lines below it come from: a file and line, `-g`, or `default`. )"
    R"(The output is a configuration itself; )"
    R"(what `[http]` shows as default is not repeated in servers and locations |
| `-q` | with `-t`: print errors only |
| `-v`, `-V`, `-h` | version, version and how it was built, help |
| `-s stop\|quit\|reload\|reopen` | tell the running master to end, to end when its requests are answered, )"
    R"(to take the configuration anew, to open its logs anew. `reload` waits, and exits with 1 and what )"
    R"(is wrong when the new configuration is refused |

Signals to the master: `TERM` and `INT` stop, `QUIT` quit, `HUP` reload, `USR1` reopen.
)";

void cell(std::string& to, std::string_view text) { to.append(" ").append(text).append(" |"); }

// In code marks, with what would end a table's cell escaped.
std::string code(std::string_view text) {
  if (text.empty()) return "";
  std::string quoted = "`";
  for (char c : text) quoted += c == '|' ? std::string("\\|") : std::string(1, c);
  return quoted + "`";
}

std::string contextsOf(const Directive& directive) {
  std::string contexts;
  for (const auto& section : sections())
    if (directive.contexts.has(section.context)) contexts += (contexts.empty() ? "" : ", ") + std::string(section.name);
  return contexts;
}

std::string docOf(const Directive& directive) {
  std::string doc(directive.doc);
  if (!directive.nginx.empty()) doc.append(" *In nginx: ").append(directive.nginx).append(".*");
  return doc;
}

void addTable(std::string& page, std::string_view title, ContextSet contexts) {
  page.append("### ").append(title).append("\n\n");
  page += "| directive | arguments | default | where | what it does |\n|---|---|---|---|---|\n";
  for (const auto& directive : directives()) {
    if ((directive.contexts.bits & contexts.bits) == 0) continue;
    page += "|";
    cell(page, code(directive.name));
    cell(page, directive.syntax);
    cell(page, code(directive.initial));
    cell(page, contextsOf(directive));
    cell(page, docOf(directive));
    page += '\n';
  }
  page += '\n';
}

void addSections(std::string& page) {
  for (const auto& section : sections()) {
    std::string_view label = section.label == Label::None           ? ""
                             : section.context == Context::Location ? " PATTERN"
                                                                    : " NAME";
    page += "|";
    cell(page, code("[" + std::string(section.name) + std::string(label) + "]"));
    cell(page, section.doc);
    page += '\n';
  }
}

}  // namespace
}  // namespace config

std::string configurationReference(std::string_view variables) {
  using config::Context;
  std::string page(config::kLexical);
  config::addSections(page);
  page += config::kSectionNotes;
  page += "## Directives\n\n";
  config::addTable(page, "[main]", Context::Main);
  config::addTable(page, "[metrics]", Context::Metrics);
  config::addTable(page, "[http], [server], [location]", Context::Http | Context::Server | Context::Location);
  config::addTable(page, "[upstream]", Context::Upstream);
  config::addTable(page, "[stream]", Context::Stream);
  page.append("## Variables\n\n").append(variables.empty() ? config::kNoVariables : variables);
  page += config::kCommandLine;
  return page;
}

}  // namespace weir
