package org.jvmm.core.run;

import java.io.PrintWriter;
import java.io.StringWriter;

/**
 * A Java exception in a device or an accelerator: a bug of ours, reported with its stack, that
 * stops the machine.
 */
final class HostFault {
  private HostFault() {}

  static String describe(int vcpu, Throwable fault) {
    StringWriter text = new StringWriter();
    text.write("internal error on vCPU %d, please report it:%n".formatted(vcpu));
    fault.printStackTrace(new PrintWriter(text));
    return text.toString().stripTrailing();
  }
}
