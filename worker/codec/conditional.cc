// SPDX-License-Identifier: Apache-2.0
#include "worker/codec/conditional.h"

#include "worker/codec/entity_tag.h"
#include "worker/codec/http_date.h"

namespace weir {
namespace {

// A field that is no date is as if it were not there.
bool modifiedAfter(std::string_view date, const Validators& validators) {
  auto since = parseHttpDate(date);
  return since && validators.modified && *validators.modified > *since;
}

bool unmodifiedSince(std::string_view date, const Validators& validators, ModifiedSince mode) {
  auto since = parseHttpDate(date);
  if (!since || !validators.modified || mode == ModifiedSince::Ignored) return false;
  return mode == ModifiedSince::Exact ? *validators.modified == *since : *validators.modified <= *since;
}

bool mustFail(const Conditions& conditions, const Validators& validators) {
  if (conditions.if_match) return !namesTag(*conditions.if_match, validators.etag, TagComparison::Strong);
  return conditions.if_unmodified_since && modifiedAfter(*conditions.if_unmodified_since, validators);
}

bool isCurrent(const Conditions& conditions, const Validators& validators, ModifiedSince mode) {
  if (conditions.if_none_match) return namesTag(*conditions.if_none_match, validators.etag, TagComparison::Weak);
  return conditions.if_modified_since && unmodifiedSince(*conditions.if_modified_since, validators, mode);
}

}  // namespace

ConditionVerdict evaluate(const Conditions& conditions, const Validators& validators, ModifiedSince mode) {
  if (mustFail(conditions, validators)) return ConditionVerdict::PreconditionFailed;
  return isCurrent(conditions, validators, mode) ? ConditionVerdict::NotModified : ConditionVerdict::Proceed;
}

// A date is a strong validator only when nothing could be written within its second any more (RFC 9110 8.8.2.2).
bool rangeApplies(const Conditions& conditions, const Validators& validators) {
  if (!conditions.if_range) return true;
  std::string_view value = *conditions.if_range;
  if (value.ends_with('"')) return sameTag(value, validators.etag, TagComparison::Strong);
  auto date = parseHttpDate(value);
  return date && validators.modified && *date == *validators.modified && *date < validators.now;
}

}  // namespace weir
