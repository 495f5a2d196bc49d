package org.jvmm.pc;

import org.jvmm.core.backend.BlockBackend;
import org.jvmm.devices.drive.ErrorPolicy;

/**
 * A floppy drive, at the host's side.
 *
 * @param number 0 for A, 1 for B
 * @param medium its disk, not larger than a {@link org.jvmm.devices.fdc.FloppyFormat}; null if it
 *     is empty
 * @param name by which the user knows it
 */
public record Floppy(int number, BlockBackend medium, ErrorPolicy policy, String name) {
  /** Drives that the PC has places for. */
  public static final int DRIVES = 2;

  public Floppy {
    if (number < 0 || number >= DRIVES) {
      throw new IllegalArgumentException("%s: floppy drive %d".formatted(name, number));
    }
  }
}
