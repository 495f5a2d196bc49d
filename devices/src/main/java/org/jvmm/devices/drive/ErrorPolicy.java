package org.jvmm.devices.drive;

import org.jvmm.core.backend.BlockError;
import org.jvmm.core.backend.BlockRequest;

/**
 * What happens when the host fails a request.
 *
 * @param read to a read
 * @param write to anything that changes the medium, a flush too
 */
public record ErrorPolicy(Action read, Action write) {
  /** The usual one: a full host stops the machine, what else fails is told to the guest. */
  public static final ErrorPolicy USUAL = new ErrorPolicy(Action.REPORT, Action.ENOSPC);

  /** What to do. */
  public enum Action {
    /** The command fails in the guest. */
    REPORT,
    /** The machine is paused; when it goes on the request is made again. */
    STOP,
    /** STOP if the host has no room, else REPORT. */
    ENOSPC
  }

  /** Whether such a failure pauses the machine. */
  public boolean stops(BlockRequest.Kind kind, BlockError error) {
    return switch (kind == BlockRequest.Kind.READ ? read : write) {
      case REPORT -> false;
      case STOP -> error == BlockError.IO || error == BlockError.NO_SPACE;
      case ENOSPC -> error == BlockError.NO_SPACE;
    };
  }
}
