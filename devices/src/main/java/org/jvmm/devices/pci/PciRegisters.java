package org.jvmm.devices.pci;

import java.util.Arrays;
import java.util.List;

/** The bytes of one configuration space, with what the guest can change in each. */
final class PciRegisters {
  private final PciSpec spec;
  private final int[] bytes = new int[PciConfig.SIZE];

  PciRegisters(PciSpec spec) {
    this.spec = spec;
    reset();
  }

  void reset() {
    System.arraycopy(spec.initial, 0, bytes, 0, bytes.length);
  }

  /** Little-endian; beyond the end all ones. */
  int get(int offset, int size) {
    int value = 0;
    for (int i = 0; i < size; i++) {
      value |= (offset + i < bytes.length ? bytes[offset + i] : 0xFF) << 8 * i;
    }
    return value;
  }

  /** Sets bytes as the device, whatever the guest may do. */
  void set(int offset, int size, int value) {
    for (int i = 0; i < size; i++) {
      bytes[offset + i] = value >> 8 * i & 0xFF;
    }
  }

  /** Writes as the guest. */
  void write(int offset, int size, int value) {
    for (int i = 0; i < size && offset + i < bytes.length; i++) {
      int at = offset + i;
      int data = value >> 8 * i & 0xFF;
      int kept = bytes[at] & ~(data & spec.clearable[at]);
      bytes[at] = kept & ~spec.writable[at] | data & spec.writable[at];
    }
  }

  List<Integer> save() {
    return Arrays.stream(bytes).boxed().toList();
  }

  void restore(List<Integer> saved) {
    Arrays.setAll(bytes, saved::get);
  }
}
