package org.jvmm.devices.drive;

import org.jvmm.core.backend.BlockBackend;

/** A drive whose medium the user may change while the machine runs. Any thread. */
public interface RemovableDrive {
  /**
   * Takes the medium out. A request that is under way fails in the guest.
   *
   * @param force although the guest has locked the drive
   * @return false if it is locked: the guest is told that the user wants it open
   */
  boolean remove(boolean force);

  /** Puts a medium in, in place of any other. */
  void insert(BlockBackend medium);

  /**
   * Whether nothing can be read because its tray is open, or because it has no tray and is empty.
   */
  boolean open();

  /** Whether the guest has locked it, so that nothing but force takes the medium out. */
  default boolean isLocked() {
    return false;
  }
}
