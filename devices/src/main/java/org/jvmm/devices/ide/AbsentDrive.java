package org.jvmm.devices.ide;

import org.jvmm.core.backend.BlockError;
import org.jvmm.devices.drive.DriveEvents;
import org.jvmm.devices.drive.ErrorPolicy;

/**
 * A place without a drive on a channel whose other place has one: it latches what is written to the
 * task file, its status and error read as zero, and it takes no command.
 */
final class AbsentDrive extends Drive {
  private static final int SIGNATURE = 0xffff;

  AbsentDrive() {
    super(DriveEvents.NONE, ErrorPolicy.USUAL, 0);
  }

  @Override
  int status() {
    return 0;
  }

  @Override
  int error() {
    return 0;
  }

  @Override
  boolean locked() {
    return false;
  }

  @Override
  boolean intrq() {
    return false;
  }

  @Override
  void execute(int command) {}

  @Override
  void dataDone() {}

  @Override
  void hostDone(BlockError cause) {}

  @Override
  boolean takesWhileBusy(int command) {
    return false;
  }

  @Override
  int signature() {
    return SIGNATURE;
  }

  @Override
  int statusAfterReset() {
    return 0;
  }

  @Override
  void forget() {}

  @Override
  boolean active() {
    return false;
  }
}
