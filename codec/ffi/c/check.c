/* Runs all parts, and says how many checks held. */
#include "check.h"

unsigned long checks, failures;

void check(bool holds, const char *what, const char *where, unsigned long line) {
  checks++;
  if (holds) {
    return;
  }
  failures++;
  report("FAILED ");
  report(where);
  report(", line ");
  report_number(line);
  report(": ");
  report(what);
  report("\n");
}

bool same(alwayson_slice_t left, alwayson_slice_t right) {
  if (left.len != right.len) {
    return false;
  }
  for (size_t at = 0; at < left.len; at++) {
    if (left.ptr[at] != right.ptr[at]) {
      return false;
    }
  }
  return true;
}

bool is_text(alwayson_slice_t text, const char *expected) {
  return same(text, alwayson_str(expected));
}

static void part(const char *name, void (*run)(void)) {
  unsigned long before = checks;
  run();
  report(name);
  report(": ");
  report_number(checks - before);
  report(" checks\n");
}

int main(void) {
  part("replay", replay);
  part("vectors", run_vectors);
  part("sequences", sequences);
  part("session", session);
  part("misuse", misuse);
  part("example", example);
  report_number(failures);
  report(" failures\n");
  return failures == 0 && checks > 0 ? 0 : 1;
}
