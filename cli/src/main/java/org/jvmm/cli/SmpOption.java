package org.jvmm.cli;

/**
 * The argument of {@code -smp}: a number, or {@code cpus=N}; the topology's other keys may only
 * repeat it.
 */
final class SmpOption {
  /** One APIC id fewer than xAPIC's 256: 255 is the broadcast. */
  static final int MOST = 255;

  private SmpOption() {}

  /**
   * Parses the argument.
   *
   * @throws UsageException if it is no number from 1 to {@value #MOST}
   */
  static int parse(String text) {
    String first = text.split(",", -1)[0];
    String number = first.startsWith("cpus=") ? first.substring(5) : first;
    try {
      int vcpus = Integer.parseUnsignedInt(number);
      if (vcpus >= 1 && vcpus <= MOST) {
        return vcpus;
      }
    } catch (NumberFormatException e) {
      throw new UsageException(outOfRange(text), e);
    }
    throw new UsageException(outOfRange(text));
  }

  private static String outOfRange(String text) {
    return "-smp %s: the number of vCPUs must be from 1 to %d".formatted(text, MOST);
  }
}
