// What make bench-udf measures. Bodies are as small as they can be: the figures are what calling costs.

typedef unsigned long size_t;
typedef long long int64;

#define EXPORT(name) __attribute__((export_name(#name)))

EXPORT(score) double score(double x, double y) { return x * y * 1.5; }

EXPORT(score_columns) double score_columns(double x, double y) { return x * y * 1.5; }

EXPORT(score_columns_batch)
void score_columns_batch(int n, const double *restrict x, const double *restrict y, double *restrict out) {
  for (int i = 0; i < n; i++) out[i] = x[i] * y[i] * 1.5;
}

EXPORT(size) int64 size(const char *text, int length) { return length; }

EXPORT(same) int64 same(const char *text, int length) { return (int64)(size_t)text << 32 | length; }

extern unsigned char __heap_base;
static unsigned char *top;

// alloc gives room that is never taken back: an instance whose memory has grown much is replaced.
EXPORT(alloc) void *alloc(int size) {
  if (!top) top = &__heap_base;
  unsigned char *at = (unsigned char *)(((size_t)top + 63) & ~63ul);
  top = at + size;
  size_t have = __builtin_wasm_memory_size(0) << 16;
  if ((size_t)top > have && __builtin_wasm_memory_grow(0, (((size_t)top - have) + 65535) >> 16) == -1ul) return 0;
  return at;
}
