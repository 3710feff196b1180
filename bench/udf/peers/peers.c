// The functions that make bench-udf gives ClickHouse as WebAssembly: called once a row with numbers, and once a block with
// rows one after the other (BUFFERED_V1 of RowBinary). The haversine is written out, because ClickHouse offers no libm.
// Built by: clang --target=wasm32 -nostdlib -O3 -msimd128 -Wl,--no-entry -Wl,--strip-all -o peers.wasm peers.c

#define EXPORT(name) __attribute__((export_name(#name)))

typedef struct { char *data; unsigned size; } buffer;

extern unsigned char __heap_base;
static unsigned long top;

// Buffers are freed in the order of a stack: the last one made is the first to go.
EXPORT(clickhouse_create_buffer) buffer *create_buffer(unsigned size) {
  if (!top) top = ((unsigned long)&__heap_base + 15) & ~15ul;
  buffer *b = (buffer *)top;
  unsigned long end = (top + 16 + size + 15) & ~15ul, have = __builtin_wasm_memory_size(0) << 16;
  if (end > have && __builtin_wasm_memory_grow(0, (end - have + 65535) >> 16) == -1ul) __builtin_trap();
  b->data = (char *)(top + 16);
  b->size = size;
  top = end;
  return b;
}

EXPORT(clickhouse_destroy_buffer) void destroy_buffer(buffer *b) {
  if ((unsigned long)b < top) top = (unsigned long)b;
}

EXPORT(score) double score(double x, double y) { return x * y * 1.5; }

EXPORT(score_block) buffer *score_block(buffer *in, unsigned n) {
  buffer *out = create_buffer(n * 8);
  const double *from = (const double *)in->data;
  double *to = (double *)out->data;
  for (unsigned i = 0; i < n; i++) to[i] = from[2 * i] * from[2 * i + 1] * 1.5;
  return out;
}

static double sine(double x) { // of -π..π, by its series: about 1e-11
  double k = __builtin_nearbyint(x * 0.31830988618379067);
  double r = x - k * 3.141592653589793, s = r * r;
  double p = r * (1 + s * (-1.6666666666666666e-1 + s * (8.333333333333333e-3 + s * (-1.984126984126984e-4 + s * (2.7557319223985893e-6 +
    s * (-2.505210838544172e-8 + s * (1.6059043836821613e-10 - s * 7.647163731819816e-13)))))));
  return ((int)k & 1) ? -p : p;
}

static double arcsine(double x) { // of 0..1 (Abramowitz and Stegun 4.4.46: 2e-8)
  double p = 1.5707963050 + x * (-0.2145988016 + x * (0.0889789874 + x * (-0.0501743046 + x * (0.0308918810 +
    x * (-0.0170881256 + x * (0.0066700901 + x * -0.0012624911))))));
  return 1.5707963267948966 - __builtin_sqrt(1 - x) * p;
}

static double great_circle(double lat1, double lon1, double lat2, double lon2) {
  const double radians = 0.017453292519943295, quarter = 1.5707963267948966;
  double u = sine((lat2 - lat1) * radians / 2), v = sine((lon2 - lon1) * radians / 2);
  double h = u * u + sine(quarter - lat1 * radians) * sine(quarter - lat2 * radians) * v * v;
  return 2 * 6371.0088 * arcsine(__builtin_sqrt(h > 1 ? 1 : h));
}

EXPORT(haversine_block) buffer *haversine_block(buffer *in, unsigned n) {
  buffer *out = create_buffer(n * 8);
  const double *from = (const double *)in->data;
  double *to = (double *)out->data;
  for (unsigned i = 0; i < n; i++, from += 4) to[i] = great_circle(from[0], from[1], from[2], from[3]);
  return out;
}
