package org.jvmm.pc;

import java.util.function.Consumer;
import org.jvmm.core.backend.BlockError;
import org.jvmm.core.run.Machine;
import org.jvmm.devices.drive.DriveEvents;

/** Tells the user what happens to a drive, and pauses the machine when the host fails it. */
final class DriveNotices implements DriveEvents {
  private final String drive;
  private final Machine machine;
  private final Consumer<String> notices;

  DriveNotices(String drive, Machine machine, Consumer<String> notices) {
    this.drive = drive;
    this.machine = machine;
    this.notices = notices;
  }

  @Override
  public boolean stop(BlockError error, Runnable retry) {
    String cause = error == BlockError.NO_SPACE ? "no room on the host" : "the host failed";
    notices.accept(drive + ": " + cause + "; the machine is paused until it is resumed");
    return machine.pauseUntilResumed(retry);
  }

  @Override
  public void tray(boolean open) {
    notices.accept(drive + ": the guest has " + (open ? "opened" : "closed") + " the tray");
  }
}
