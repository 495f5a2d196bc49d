package org.jvmm.cli;

import java.util.Set;
import org.jvmm.core.backend.MacAddress;

/**
 * A network card as it is ordered.
 *
 * @param option by which, for errors
 * @param netdev the id of its cable's host end; null if it has none
 * @param mac its address, or null for the usual one
 */
record NicOption(String option, String netdev, MacAddress mac) {
  /** The card that there is. */
  static final String MODEL = "ne2k_pci";

  /** The argument of -device. */
  static NicOption device(SubOptions options) {
    String netdev = options.take("netdev");
    options.ignore(Set.of("id", "bootindex", "romfile"));
    return new NicOption("-device " + MODEL, netdev, mac(options, "mac"));
  }

  /** Checks the card's kind where it may be left out. */
  static void checkModel(SubOptions options) {
    String model = options.take("model", MODEL);
    if (!model.equals(MODEL)) {
      throw options.fault("model=%s is not known; there is %s", model, MODEL);
    }
  }

  /** Takes an address, or null. */
  static MacAddress mac(SubOptions options, String key) {
    String text = options.take(key);
    try {
      return text == null ? null : MacAddress.parse(text);
    } catch (IllegalArgumentException e) {
      throw new UsageException(options.fault("%s: %s", key, e.getMessage()).getMessage(), e);
    }
  }
}
