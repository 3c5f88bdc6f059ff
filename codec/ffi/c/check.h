/* What the C programs share: reports, and how a test fails. Nothing of a C
 * library is used, so that the same files run on bare metal. */
#ifndef CHECK_H
#define CHECK_H

#include "alwayson.h"

struct frame {
  int from_edge;
  const char *opcode;
  alwayson_slice_t bytes;
};

enum result { VALID, ACCEPTABLE, INVALID };

struct vector {
  const char *id;
  enum result result;
  alwayson_slice_t bytes;
  alwayson_error_t error;
};

struct chunk {
  const char *id;
  int is_last;
  alwayson_slice_t bytes;
  alwayson_error error;
};

/* Given by host.c and mps2.c. */
void report(const char *text);
void report_number(unsigned long number);

/* Given by check.c. Counts, and reports a test that fails. */
extern unsigned long checks, failures;
void check(bool holds, const char *what, const char *where, unsigned long line);
#define CHECK(holds, where) check((holds), #holds, (where), __LINE__)

bool same(alwayson_slice_t left, alwayson_slice_t right);
bool is_text(alwayson_slice_t text, const char *expected);

/* The parts of the test: replay.c, vectors.c, sequences.c, session.c,
 * misuse.c, example_test.c. */
void replay(void);
void run_vectors(void);
void sequences(void);
void session(void);
void misuse(void);
void example(void);

/* Given by rebuild.c: takes a message apart by cursors, makes it again by hand,
 * and encodes that. */
alwayson_error_t rebuild(const alwayson_message_t *message, uint8_t *bytes, size_t capacity,
                         size_t *len);

/* A table as a source: each call writes its shape or its rows again. */
alwayson_table_source_t source_of(alwayson_table_t *table);

#endif
