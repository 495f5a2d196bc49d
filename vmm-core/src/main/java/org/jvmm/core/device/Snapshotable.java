package org.jvmm.core.device;

/**
 * A device whose volatile state can be taken and put back while the VM is paused.
 *
 * @param <S> an immutable record; its first component is {@code int version}, its components are
 *     primitives, strings, lists, {@code byte[]}-free records of such, so that {@code
 *     save().equals(restored)} holds after a round trip
 */
public interface Snapshotable<S extends Record> {
  /** The state now. Called with the VM paused. */
  S save();

  /**
   * Puts a state back and drives the outputs accordingly.
   *
   * @throws SnapshotException if the record's version or a value in it is not one that {@link
   *     #save} can produce
   */
  void restore(S state);
}
