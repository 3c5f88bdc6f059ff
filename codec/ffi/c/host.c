/* Reports on a host. */
#include <stdio.h>

#include "check.h"

void report(const char *text) { fputs(text, stdout); }

void report_number(unsigned long number) { printf("%lu", number); }
