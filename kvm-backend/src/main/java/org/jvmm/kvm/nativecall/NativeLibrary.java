package org.jvmm.kvm.nativecall;

import java.util.function.Supplier;
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
    return switch (name) {
      case "jna" -> load(name, JnaCalls::new);
      case "jffi" -> load(name, JffiCalls::new);
      case "ffm" ->
          ForeignCalls.find()
              .orElseThrow(
                  () ->
                      new AccelException(
                          "ffm needs Java 22 or later; this is " + Runtime.version().feature()));
      case "best" -> ForeignCalls.find().orElseGet(() -> load("jffi", JffiCalls::new));
      default ->
          throw new AccelException("-D%s=%s: known are jna, jffi, ffm".formatted(PROPERTY, name));
    };
  }

  private static NativeCalls load(String name, Supplier<NativeCalls> constructor) {
    try {
      return constructor.get();
    } catch (LinkageError e) {
      throw new AccelException(
          "%s has no native library for this host: %s".formatted(name, e.getMessage()), e);
    }
  }
}
