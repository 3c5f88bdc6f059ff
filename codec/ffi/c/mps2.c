/* Starts on QEMU's mps2-an386, a Cortex-M4F, and reports by semihosting. */
#include "check.h"

extern uint32_t data_start[], data_end[], data_from[], bss_start[], bss_end[], stack_top[];

int main(void);
void reset(void);
void fault(void);

/* The stack pointer, reset, and every exception that this program can meet. */
struct vectors {
  uint32_t *stack;
  void (*handlers[15])(void);
};

__attribute__((section(".vectors"), used)) static const struct vectors vectors = {
    stack_top,
    {reset, fault, fault, fault, fault, fault, 0, 0, 0, 0, fault, fault, 0, fault, fault}};

static void semihosting(uint32_t operation, const void *argument) {
  register uint32_t r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
}

static void leave(uint32_t code) {
  const uint32_t application_exit[2] = {0x20026, code};
  semihosting(0x20, application_exit);
  for (;;) {
  }
}

void fault(void) {
  report("FAULT\n");
  leave(3);
}

void reset(void) {
  for (uint32_t *to = data_start, *from = data_from; to < data_end;) {
    *to++ = *from++;
  }
  for (uint32_t *to = bss_start; to < bss_end;) {
    *to++ = 0;
  }
  /* Access to the FPU, which is off at reset. */
  *(volatile uint32_t *)0xE000ED88 |= 0xFu << 20;
  __asm__ volatile("dsb\n\tisb");
  leave((uint32_t)main());
}

void report(const char *text) { semihosting(0x04, text); }

void report_number(unsigned long number) {
  char digits[12];
  char *at = digits + sizeof digits - 1;
  *at = 0;
  do {
    *--at = (char)('0' + number % 10);
    number /= 10;
  } while (number > 0);
  report(at);
}
