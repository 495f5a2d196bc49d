package org.jvmm.pc.boot;

import java.nio.charset.StandardCharsets;

/** The kernel's command line in guest memory. */
final class CommandLine {
  /** COMMAND_LINE_SIZE of x86 Linux less the zero, where a kernel does not say (boot.rst). */
  static final int MAX_DEFAULT = 2047;

  private CommandLine() {}

  /**
   * Writes the line and its terminating zero to {@link PcMemoryLayout#COMMAND_LINE}.
   *
   * @param max most bytes that the kernel takes, the zero not counted
   * @return bytes of the line
   * @throws BootException if it is longer or has a zero inside
   */
  static int write(BootRequest request, int max) {
    byte[] line = request.commandLine().getBytes(StandardCharsets.UTF_8);
    if (line.length > max) {
      throw new BootException(
          "command line: %,d bytes, the kernel takes %,d (-append)".formatted(line.length, max));
    }
    if (request.commandLine().indexOf(0) >= 0) {
      throw new BootException("command line: a zero byte inside (-append)");
    }
    request.memory().copyIn(PcMemoryLayout.COMMAND_LINE, line);
    request.memory().write8(PcMemoryLayout.COMMAND_LINE + line.length, 0);
    return line.length;
  }
}
