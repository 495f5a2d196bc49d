package org.jvmm.kvm.nativecall;

import java.util.Optional;
import org.jvmm.core.accel.AccelException;

/**
 * Chooses how native calls are made: the property {@value #PROPERTY}, or the best there is, which
 * is {@code ffm} on Java 22+ and {@code jffi} below.
 */
public final class NativeLibrary {
  /** {@code jna}, {@code jffi} or {@code ffm}. */
  public static final String PROPERTY = "jvmm.native";

  private NativeLibrary() {}

  private static NativeCalls chosen;

  /**
   * The implementation of this JVM, one for all; made with the first call.
   *
   * @throws AccelException if there is none; one line why
   */
  public static synchronized NativeCalls get() {
    if (chosen == null) {
      chosen = open(System.getProperty(PROPERTY, "best"));
    }
    return chosen;
  }

  /**
   * An implementation by name.
   *
   * @param name {@code jna}, {@code jffi}, {@code ffm} or {@code best}
   * @throws AccelException if there is none of the name, or this Java or this host has it not; one
   *     line why
   */
  public static NativeCalls open(String name) {
    Optional<NativeCalls> foreign = ForeignCalls.find();
    try {
      return switch (name) {
        case "jna" -> new JnaCalls();
        case "jffi" -> new JffiCalls();
        case "ffm" -> {
          if (foreign.isEmpty()) {
            throw new AccelException(
                "ffm needs Java 22 or later; this is " + Runtime.version().feature());
          }
          yield foreign.get();
        }
        case "best" -> foreign.isPresent() ? foreign.get() : new JffiCalls();
        default ->
            throw new AccelException("-D%s=%s: known are jna, jffi, ffm".formatted(PROPERTY, name));
      };
    } catch (LinkageError e) {
      throw new AccelException(
          "%s has no native library for this host: %s".formatted(name, e.getMessage()), e);
    }
  }
}
