// SPDX-License-Identifier: Apache-2.0
#include "worker/http/files/listing_page.h"

#include "worker/http/files/listing_text.h"

namespace weir {
namespace {

constexpr std::string_view kHead =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n<title>";

constexpr std::string_view kStyle =
    "</title>\n<style>\n"
    ":root{--line:#e2e5ea;--dim:#667085;--link:#0b57d0;--row:#f4f6f9;--back:#fff;--ink:#1c1f24}\n"
    "@media(prefers-color-scheme:dark){:root{--line:#2d3138;--dim:#98a1b0;--link:#8ab4f8;--row:#1f2329;--back:#15181c;"
    "--ink:#e4e7eb}}\n"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;background:var(--back);"
    "color:var(--ink)}\n"
    "h1{font-size:1.25rem;font-weight:600;overflow-wrap:anywhere}\n"
    "a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}\n"
    "table{width:100%;border-collapse:collapse}\n"
    "th{font-weight:500;text-align:left;border-bottom:1px solid var(--line)}th a{color:var(--dim)}\n"
    "td,th{padding:.35rem .5rem}tbody tr:hover{background:var(--row)}\n"
    "td:first-child{overflow-wrap:anywhere}td:first-child a{display:block}\n"
    ".n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}.t{white-space:nowrap;color:var(--dim)}\n"
    "td a::before{content:\"\";display:inline-block;width:.7em;height:.85em;margin-right:.6em;border:1.5px solid "
    "currentColor;border-radius:2px;vertical-align:-.1em;opacity:.7}\n"
    ".d::before,.u::before{width:.95em;height:.65em;margin-right:.35em;background:currentColor}\n"
    "footer{color:var(--dim);font-size:.85rem;margin-top:1rem}\n"
    "@media(max-width:36rem){.t{display:none}}\n"
    "</style></head>\n<body><h1>";

}  // namespace

ListingPage::ListingPage(std::string_view path, const ListingOrder& order, const ListingStyle& style) : style_(style) {
  html_ = kHead;
  appendHtml(path, html_);
  html_ += kStyle;
  addCrumbs(path);
  html_ += "</h1>\n<table><thead><tr>";
  addColumn("Name", ListingOrder::Column::Name, "N", order);
  addColumn("Size", ListingOrder::Column::Size, "S", order);
  addColumn("Modified", ListingOrder::Column::Modified, "M", order);
  html_ += "</tr></thead><tbody>\n";
  if (path.size() > 1) html_ += "<tr><td><a class=\"u\" href=\"../\">..</a></td><td></td><td class=\"t\"></td></tr>\n";
}

// Each part of the path leads to its folder.
void ListingPage::addCrumbs(std::string_view path) {
  std::string href = "/";
  html_ += "<a href=\"/\">/</a>";
  for (size_t at = 1; at < path.size();) {
    size_t end = path.find('/', at);
    std::string_view name = path.substr(at, end - at);
    appendHref(name, href);
    href += '/';
    html_ += "<a href=\"" + href + "\">";
    appendHtml(name, html_);
    html_ += "/</a>";
    at = end == std::string_view::npos ? path.size() : end + 1;
  }
}

void ListingPage::addColumn(std::string_view name, ListingOrder::Column column, std::string_view letter,
                            const ListingOrder& order) {
  bool current = order.column == column;
  bool next_descends = current && !order.descending;
  html_.append("<th class=\"").append(letter == "S" ? "n" : letter == "M" ? "t" : "").append("\"");
  if (current) html_.append(order.descending ? " aria-sort=\"descending\"" : " aria-sort=\"ascending\"");
  html_.append("><a href=\"?C=").append(letter).append(next_descends ? "&amp;O=D\">" : "&amp;O=A\">").append(name);
  if (current) html_.append(order.descending ? " \xE2\x86\x93" : " \xE2\x86\x91");
  html_ += "</a></th>";
}

void ListingPage::add(const ListedEntry& entry) {
  bool folder = entry.kind == ListedEntry::Kind::Folder;
  html_.append("<tr><td><a class=\"").append(folder ? "d" : "f").append("\" href=\"");
  appendHref(entry.name, html_);
  html_ += folder ? "/\">" : "\">";
  appendHtml(entry.name, html_);
  html_ += folder ? "/</a></td><td class=\"n\">" : "</a></td><td class=\"n\" title=\"";
  std::string bytes = std::to_string(entry.size);
  if (!folder) html_ += bytes + "\">" + (style_.exact_size ? bytes : listedSize(entry.size));
  html_ += "</td><td class=\"t\">" + listedTime(entry.modified, style_.local_time) + "</td></tr>\n";
}

std::string ListingPage::finish(size_t entries, bool complete) {
  html_ += "</tbody></table>\n<footer>" + std::to_string(entries) + (entries == 1 ? " entry" : " entries");
  if (!complete) html_ += ", and more that are not shown";
  html_ += "</footer></body></html>\n";
  return std::move(html_);
}

}  // namespace weir
