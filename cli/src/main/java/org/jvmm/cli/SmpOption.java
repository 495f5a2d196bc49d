package org.jvmm.cli;

import java.util.Set;

/**
 * The argument of {@code -smp}: a number, {@code cpus=N}, or a topology whose product is the
 * number; a guest sees as many sockets.
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
    SubOptions options = new SubOptions("-smp", text, "cpus");
    long product = 1;
    for (String level : new String[] {"sockets", "dies", "clusters", "cores", "threads"}) {
      product *= options.takeNumber(level, 1, 1, MOST);
    }
    int vcpus = options.takeNumber("cpus", (int) Math.min(product, Integer.MAX_VALUE), 1, MOST);
    options.ignore(Set.of("maxcpus")).end();
    if (product > MOST) {
      throw options.fault("the number of vCPUs must be from 1 to %d", MOST);
    }
    return vcpus;
  }
}
