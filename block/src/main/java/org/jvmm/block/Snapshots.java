package org.jvmm.block;

import java.io.IOException;
import java.util.List;

/** An image that holds earlier states of itself. */
public interface Snapshots {
  /**
   * One kept state.
   *
   * @param id unique in the image
   * @param name as the user gave it
   * @param vmStateSize bytes of a machine's state kept with it
   * @param seconds when it was taken, since 1970
   * @param nanos the part of a second
   * @param vmClockNanos how long the guest had run
   * @param diskSize bytes of the disk then
   * @param icount instructions that the guest had executed; -1 if they were not counted
   */
  record Info(
      String id,
      String name,
      long vmStateSize,
      long seconds,
      int nanos,
      long vmClockNanos,
      long diskSize,
      long icount) {}

  /** The states in the order of the image's table. */
  List<Info> snapshots() throws IOException;

  /** Keeps the present state under a name. */
  void createSnapshot(String name) throws IOException;

  /** Goes back to a kept state, by id or name; what came after is lost unless it is kept too. */
  void applySnapshot(String idOrName) throws IOException;

  /** Forgets a kept state, by id or name. */
  void deleteSnapshot(String idOrName) throws IOException;
}
