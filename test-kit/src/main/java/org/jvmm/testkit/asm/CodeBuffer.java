package org.jvmm.testkit.asm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Growing code with places that wait for their label. */
final class CodeBuffer {

  /** A field of {@code size} bytes at {@code at}; relative to {@code end} when that is >= 0. */
  private record Fixup(int at, int size, int end, Label label, long addend) {}

  private byte[] bytes = new byte[256];
  private int size;
  private final List<Fixup> fixups = new ArrayList<>();

  int size() {
    return size;
  }

  /** Appends the low {@code count} bytes of {@code value}, little-endian. */
  void put(long value, int count) {
    if (size + count > bytes.length) {
      bytes = Arrays.copyOf(bytes, 2 * bytes.length);
    }
    store(size, value, count);
    size += count;
  }

  /** A field that gets the label's address. */
  void putAddress(Label label, long addend, int count) {
    fixups.add(new Fixup(size, count, -1, label, addend));
    put(0, count);
  }

  /** A field that gets the label's distance from {@code tail} bytes behind the field. */
  void putRelative(Label label, long addend, int count, int tail) {
    fixups.add(new Fixup(size, count, size + count + tail, label, addend));
    put(0, count);
  }

  /** The code with every field resolved for the given origin. */
  byte[] resolve(long origin) {
    for (Fixup f : fixups) {
      if (f.end() < 0) {
        store(f.at(), origin + f.label().offset() + f.addend(), f.size());
      } else {
        long distance = f.label().offset() + f.addend() - f.end();
        if (f.size() == 1 && distance != (byte) distance) {
          throw new IllegalStateException("short jump over %d bytes".formatted(distance));
        }
        store(f.at(), distance, f.size());
      }
    }
    return Arrays.copyOf(bytes, size);
  }

  private void store(int at, long value, int count) {
    for (int i = 0; i < count; i++) {
      bytes[at + i] = (byte) (value >> 8 * i);
    }
  }
}
