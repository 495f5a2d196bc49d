package org.jvmm.devices.fdc;

import org.jvmm.core.backend.BlockBackend;
import org.jvmm.core.device.StateCheck;
import org.jvmm.devices.drive.DriveEvents;
import org.jvmm.devices.drive.ErrorPolicy;

/** A drive: where its head is, and the disk in it. Used under the controller's monitor. */
public final class FloppyDrive {
  private static final int MAX_CYLINDER = 0xFF;

  // Configuration
  private final ErrorPolicy policy;
  private final DriveEvents events;

  // Glue
  private BlockBackend medium;
  private FloppyFormat format;

  // Volatile state
  private int cylinder;
  private boolean changed = true;

  /** The ID that passed the head last. */
  private int passed;

  record State(int cylinder, boolean changed, int passed) {}

  /**
   * A drive.
   *
   * @param medium not larger than a {@link FloppyFormat}; null if the drive is empty
   * @throws IllegalArgumentException if the medium is too large
   */
  public FloppyDrive(BlockBackend medium, ErrorPolicy policy, DriveEvents events) {
    this.policy = policy;
    this.events = events;
    insert(medium);
  }

  /** Its type as CMOS RAM has it: what the disk belongs to, or else what takes any of 3.5 inch. */
  public int type() {
    return format == null ? FloppyFormat.DriveType.INCH_3_2880K : format.driveType();
  }

  ErrorPolicy policy() {
    return policy;
  }

  DriveEvents events() {
    return events;
  }

  BlockBackend medium() {
    return medium;
  }

  FloppyFormat format() {
    return format;
  }

  boolean writeProtected() {
    return medium == null || medium.readOnly();
  }

  int cylinder() {
    return cylinder;
  }

  boolean changed() {
    return changed;
  }

  void insert(BlockBackend disk) {
    medium = disk;
    format =
        disk == null
            ? null
            : FloppyFormat.of(disk.size())
                .orElseThrow(() -> new IllegalArgumentException("no floppy has " + disk.size()));
    changed = true;
  }

  /** The controller was reset, and counts from cylinder 0 again. */
  void home() {
    cylinder = 0;
  }

  /**
   * Moves the head. A step with a disk in the drive ends the disk change line.
   *
   * @return whether it moved
   */
  boolean seek(int target) {
    int bounded = Math.max(0, Math.min(target, MAX_CYLINDER));
    boolean moves = bounded != cylinder;
    cylinder = bounded;
    changed &= !moves || medium == null;
    return moves;
  }

  /** Whether there is something to read under a head, at a data rate. */
  boolean readable(int head, int rate) {
    return medium != null && format.rate() == rate && format.has(cylinder, head);
  }

  /** The next sector's number under the head. */
  int nextId() {
    passed = passed % format.sectors() + 1;
    return passed;
  }

  State save() {
    return new State(cylinder, changed, passed);
  }

  static void check(StateCheck check, State state) {
    check.bits("cylinder", state.cylinder, MAX_CYLINDER);
    check.bits("passed", state.passed, 0xFF);
  }

  void restore(State state) {
    cylinder = state.cylinder;
    changed = state.changed;
    passed = state.passed;
  }
}
