package org.jvmm.devices.net;

import java.util.Arrays;
import java.util.Base64;
import org.jvmm.core.backend.MacAddress;
import org.jvmm.core.device.StateCheck;

/**
 * The NE2000's local memory: the address PROM at 0, 16 KiB of RAM from 0x4000 on. Elsewhere reads
 * float and writes are lost.
 */
final class PacketMemory {
  static final int RAM = 0x4000, SIZE = 0x4000;

  /** Bytes of the PROM; each stands twice, for the word-wide port. */
  private static final int PROM = 32;

  /** What tells a word-wide card, in the last two bytes of the PROM. */
  private static final int WORD_WIDE = 0x57;

  private final byte[] prom = new byte[PROM];
  private final byte[] ram = new byte[SIZE];

  PacketMemory(MacAddress mac) {
    for (int i = 0; i < MacAddress.SIZE; i++) {
      setProm(i, mac.at(i));
    }
    setProm(PROM / 2 - 2, WORD_WIDE);
    setProm(PROM / 2 - 1, WORD_WIDE);
  }

  private void setProm(int index, int value) {
    prom[2 * index] = (byte) value;
    prom[2 * index + 1] = (byte) value;
  }

  /** Reads a byte at an address of 16 bits. */
  int read(int address) {
    int at = address & 0xFFFF;
    if (at < PROM) {
      return prom[at] & 0xFF;
    }
    return at >= RAM && at < RAM + SIZE ? ram[at - RAM] & 0xFF : 0xFF;
  }

  /** Writes a byte at an address of 16 bits. */
  void write(int address, int value) {
    int at = (address & 0xFFFF) - RAM;
    if (at >= 0 && at < SIZE) {
      ram[at] = (byte) value;
    }
  }

  /** Copies to RAM; what does not go there entirely is lost. */
  void write(int address, byte[] data, int offset, int length) {
    if (isRam(address, length)) {
      System.arraycopy(data, offset, ram, address - RAM, length);
    }
  }

  /** Whether a range lies in RAM. */
  boolean isRam(int address, int length) {
    return address >= RAM && address + length <= RAM + SIZE;
  }

  /** The RAM itself, for frames on their way out. */
  byte[] ram() {
    return ram;
  }

  void clear() {
    Arrays.fill(ram, (byte) 0);
  }

  /** The RAM in base 64. */
  String save() {
    return Base64.getEncoder().encodeToString(ram);
  }

  /** The bytes of a saved RAM. */
  static byte[] decode(StateCheck check, String saved) {
    byte[] bytes = {};
    try {
      bytes = Base64.getDecoder().decode(saved);
    } catch (IllegalArgumentException e) {
      check.that(false, "memory", e.getMessage());
    }
    check.that(bytes.length == SIZE, "memory length", bytes.length);
    return bytes;
  }

  void restore(byte[] bytes) {
    System.arraycopy(bytes, 0, ram, 0, SIZE);
  }
}
