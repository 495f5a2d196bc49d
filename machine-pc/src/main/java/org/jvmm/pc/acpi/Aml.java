package org.jvmm.pc.acpi;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Builds ACPI Machine Language (ACPI 6.5 chapter 20): every method gives the encoding of one term,
 * which goes into the next one, so that a table reads like its ASL.
 */
public final class Aml {
  private static final int ZERO_OP = 0x00, ONE_OP = 0x01, NAME_OP = 0x08;
  private static final int BYTE_PREFIX = 0x0A, WORD_PREFIX = 0x0B, DWORD_PREFIX = 0x0C;
  private static final int STRING_PREFIX = 0x0D, QWORD_PREFIX = 0x0E;
  private static final int SCOPE_OP = 0x10, BUFFER_OP = 0x11, PACKAGE_OP = 0x12, METHOD_OP = 0x14;
  private static final int DUAL_NAME_PREFIX = 0x2E, MULTI_NAME_PREFIX = 0x2F;
  private static final int EXT_OP = 0x5B, DEVICE_OP = 0x82, RETURN_OP = 0xA4;
  private static final int REGION_OP = 0x80, FIELD_OP = 0x81, ARG0_OP = 0x68, STORE_OP = 0x70;
  private static final int AND_OP = 0x7B, CREATE_DWORD_FIELD_OP = 0x8A, IF_OP = 0xA0;
  private static final int SERIALIZED = 1 << 3, PCI_CONFIG = 2, BYTE_ACCESS = 1;
  private static final int SEGMENT = 4;

  private Aml() {}

  /** Concatenates terms. */
  public static byte[] terms(byte[]... terms) {
    int size = 0;
    for (byte[] term : terms) {
      size += term.length;
    }
    byte[] all = new byte[size];
    int at = 0;
    for (byte[] term : terms) {
      System.arraycopy(term, 0, all, at, term.length);
      at += term.length;
    }
    return all;
  }

  /** Scope(path) { ... }. */
  public static byte[] scope(String path, byte[]... body) {
    return terms(opcode(SCOPE_OP), sized(nameString(path), terms(body)));
  }

  /** Device(name) { ... }. */
  public static byte[] device(String name, byte[]... body) {
    return terms(opcode(EXT_OP, DEVICE_OP), sized(nameString(name), terms(body)));
  }

  /** Name(name, object). */
  public static byte[] name(String name, byte[] object) {
    return terms(opcode(NAME_OP), nameString(name), object);
  }

  /**
   * Method(name, arguments, NotSerialized) { ... }.
   *
   * @param arguments 0 to 7
   */
  public static byte[] method(String name, int arguments, byte[]... body) {
    return terms(opcode(METHOD_OP), sized(nameString(name), opcode(arguments & 7), terms(body)));
  }

  /** Method(name, arguments, Serialized) { ... }: for methods that create names. */
  public static byte[] serializedMethod(String name, int arguments, byte[]... body) {
    return terms(
        opcode(METHOD_OP),
        sized(nameString(name), opcode(arguments & 7 | SERIALIZED), terms(body)));
  }

  /**
   * OperationRegion(name, PCI_Config, offset, length): registers of the device around it.
   *
   * @param offset in configuration space
   */
  public static byte[] pciConfigRegion(String name, int offset, int length) {
    return terms(
        opcode(EXT_OP, REGION_OP),
        nameString(name),
        opcode(PCI_CONFIG),
        integer(offset),
        integer(length));
  }

  /** Field(region, ByteAcc, NoLock, Preserve) { ... } of names of eight bits each. */
  public static byte[] byteFields(String region, List<String> names) {
    byte[] fields = new byte[0];
    for (String name : names) {
      fields = terms(fields, nameString(name), opcode(8));
    }
    return terms(opcode(EXT_OP, FIELD_OP), sized(nameString(region), opcode(BYTE_ACCESS), fields));
  }

  /** CreateDWordField(buffer, offset, name). */
  public static byte[] doubleWordField(byte[] buffer, int offset, String name) {
    return terms(opcode(CREATE_DWORD_FIELD_OP), buffer, integer(offset), nameString(name));
  }

  /** ArgN of the method around it. */
  public static byte[] argument(int number) {
    return opcode(ARG0_OP + number);
  }

  /** Store(source, target). */
  public static byte[] store(byte[] source, byte[] target) {
    return terms(opcode(STORE_OP), source, target);
  }

  /** And(a, b), without a target. */
  public static byte[] and(byte[] a, byte[] b) {
    return terms(opcode(AND_OP), a, b, new byte[1]);
  }

  /** If(predicate) { ... }. */
  public static byte[] when(byte[] predicate, byte[]... body) {
    return terms(opcode(IF_OP), sized(predicate, terms(body)));
  }

  /** Return(object). */
  public static byte[] returns(byte[] object) {
    return terms(opcode(RETURN_OP), object);
  }

  /** Package { ... } of up to 255 elements. */
  public static byte[] pack(byte[]... elements) {
    if (elements.length > 255) {
      throw new IllegalArgumentException("AML package of " + elements.length + " elements");
    }
    return terms(opcode(PACKAGE_OP), sized(opcode(elements.length), terms(elements)));
  }

  /** Buffer { ... }. */
  public static byte[] buffer(byte[] bytes) {
    return terms(opcode(BUFFER_OP), sized(integer(bytes.length), bytes));
  }

  /** ResourceTemplate { ... } of {@link AmlResource}s. */
  public static byte[] resources(byte[]... descriptors) {
    return buffer(terms(terms(descriptors), AmlResource.END_TAG.clone()));
  }

  /** An integer in its shortest form. */
  public static byte[] integer(long value) {
    if (value == 0 || value == 1) {
      return opcode(value == 0 ? ZERO_OP : ONE_OP);
    }
    if (value >>> 8 == 0) {
      return terms(opcode(BYTE_PREFIX), littleEndian(value, 1));
    }
    if (value >>> 16 == 0) {
      return terms(opcode(WORD_PREFIX), littleEndian(value, 2));
    }
    return value >>> 32 == 0
        ? terms(opcode(DWORD_PREFIX), littleEndian(value, 4))
        : terms(opcode(QWORD_PREFIX), littleEndian(value, 8));
  }

  /** A string of ASCII characters. */
  public static byte[] string(String text) {
    byte[] characters = text.getBytes(StandardCharsets.US_ASCII);
    return terms(opcode(STRING_PREFIX), characters, new byte[1]);
  }

  /**
   * EISAID(id): three letters and four hexadecimal digits in 32 bits, big-endian (section 19.3.4).
   */
  public static byte[] eisaId(String id) {
    if (!isEisaId(id)) {
      throw new IllegalArgumentException("EISA id " + id);
    }
    int letters =
        (id.charAt(0) - '@') << 26 | (id.charAt(1) - '@') << 21 | (id.charAt(2) - '@') << 16;
    return integer(
        Integer.reverseBytes(letters | Integer.parseInt(id.substring(3), 16)) & 0xffff_ffffL);
  }

  /** An id for _HID: an EISA id if it has the form of one, else a string. */
  static byte[] hardwareId(String id) {
    return isEisaId(id) ? eisaId(id) : string(id);
  }

  /** Three capital letters and four hexadecimal digits. */
  private static boolean isEisaId(String id) {
    boolean good = id.length() == 7;
    for (int i = 0; good && i < 7; i++) {
      char each = id.charAt(i);
      good = each >= 'A' && each <= (i < 3 ? 'Z' : 'F') || i >= 3 && isDigit(each);
    }
    return good;
  }

  /** A name or path: "\_SB.PCI0", "^LNKA", "COM1"; segments are filled up with underscores. */
  static byte[] nameString(String path) {
    int start = 0;
    while (start < path.length() && (path.charAt(start) == '\\' || path.charAt(start) == '^')) {
      start++;
    }
    byte[] prefix = path.substring(0, start).getBytes(StandardCharsets.US_ASCII);
    if (start == path.length()) {
      return terms(prefix, new byte[1]);
    }
    String[] segments = path.substring(start).split("\\.");
    byte[] count =
        switch (segments.length) {
          case 1 -> new byte[0];
          case 2 -> opcode(DUAL_NAME_PREFIX);
          default -> opcode(MULTI_NAME_PREFIX, segments.length);
        };
    byte[] names = new byte[0];
    for (String segment : segments) {
      if (!isSegment(segment)) {
        throw new IllegalArgumentException("AML name " + path);
      }
      String filled = segment + "_".repeat(SEGMENT - segment.length());
      names = terms(names, filled.getBytes(StandardCharsets.US_ASCII));
    }
    return terms(prefix, count, names);
  }

  /** NameSeg (section 20.2.2): up to four of A-Z, 0-9 and underscore, not a digit first. */
  private static boolean isSegment(String text) {
    boolean good = !text.isEmpty() && text.length() <= SEGMENT && !isDigit(text.charAt(0));
    for (int i = 0; good && i < text.length(); i++) {
      char each = text.charAt(i);
      good = each >= 'A' && each <= 'Z' || isDigit(each) || each == '_';
    }
    return good;
  }

  private static boolean isDigit(char each) {
    return each >= '0' && each <= '9';
  }

  /** Puts PkgLength before a body; it counts itself (section 20.2.4). */
  private static byte[] sized(byte[]... body) {
    byte[] bytes = terms(body);
    if (bytes.length + 1 < 1 << 6) {
      return terms(opcode(bytes.length + 1), bytes);
    }
    int follow = 1;
    while (bytes.length + 1 + follow >= 1 << 4 + 8 * follow) {
      follow++;
    }
    int length = bytes.length + 1 + follow;
    return terms(opcode(follow << 6 | length & 15), littleEndian(length >> 4, follow), bytes);
  }

  private static byte[] opcode(int... opcodes) {
    byte[] bytes = new byte[opcodes.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) opcodes[i];
    }
    return bytes;
  }

  static byte[] littleEndian(long value, int size) {
    byte[] bytes = new byte[size];
    for (int i = 0; i < size; i++) {
      bytes[i] = (byte) (value >>> 8 * i);
    }
    return bytes;
  }
}
