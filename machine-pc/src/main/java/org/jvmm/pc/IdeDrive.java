package org.jvmm.pc;

import org.jvmm.core.backend.BlockBackend;
import org.jvmm.devices.drive.ErrorPolicy;

/**
 * A drive on an IDE channel, at the host's side.
 *
 * @param channel 0 or 1
 * @param device 0 or 1
 * @param cdrom whether it is a CD-ROM drive
 * @param medium its disk or disc; null for a CD-ROM drive that is empty
 * @param serial its serial number, up to 20 ASCII characters, or null for the usual one
 * @param name by which the user knows it
 */
public record IdeDrive(
    int channel,
    int device,
    boolean cdrom,
    BlockBackend medium,
    ErrorPolicy policy,
    String serial,
    String name) {
  /** Channels, and places on each. */
  public static final int CHANNELS = 2, DEVICES = 2;

  public IdeDrive {
    if ((channel | device | 1) != 1 || medium == null && !cdrom) {
      throw new IllegalArgumentException("%s: IDE %d.%d".formatted(name, channel, device));
    }
  }
}
