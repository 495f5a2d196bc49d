package org.jvmm.cli;

import org.jvmm.pc.PcConfig;

/** Decides what boots: the user's kernel, or the default guest. */
final class BootChoice {
  private BootChoice() {}

  static PcConfig.Boot of(Options options) {
    if (options.kernel == null && (options.initrd != null || options.append != null)) {
      throw new UsageException("-initrd and -append need -kernel");
    }
    return new PcConfig.Boot(
        options.kernel, options.initrd, options.append == null ? "" : options.append);
  }
}
