package org.jvmm.kvm.nativecall;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.Optional;

/** Over java.lang.foreign (Java 22+). */
final class ForeignCalls implements NativeCalls {
  private static final StructLayout CAPTURE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      CAPTURE.varHandle(StructLayout.PathElement.groupElement("errno"));
  private static final MethodHandle SYSCALL =
      function(
          "syscall",
          1,
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
              JAVA_LONG));
  private static final MethodHandle IOCTL =
      function("ioctl", 2, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));

  /** Where a thread's errno is captured; one for each thread, for ever. */
  private static final ThreadLocal<MemorySegment> CAPTURED =
      ThreadLocal.withInitial(ForeignCalls::newCapture);

  private ForeignCalls() {}

  static Optional<NativeCalls> find() {
    return Optional.of(new ForeignCalls());
  }

  private static MethodHandle function(String name, int fixed, FunctionDescriptor type) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().find(name).orElseThrow(() -> new UnsatisfiedLinkError(name)),
        type,
        Linker.Option.firstVariadicArg(fixed),
        Linker.Option.captureCallState("errno"));
  }

  private static MemorySegment newCapture() {
    return Arena.ofAuto().allocate(CAPTURE);
  }

  private static int errno(MemorySegment captured) {
    return (int) ERRNO.get(captured, 0L);
  }

  @Override
  public String name() {
    return "ffm";
  }

  @Override
  public long syscall(int number, long a, long b, long c, long d, long e, long f) {
    MemorySegment captured = CAPTURED.get();
    try {
      long result = (long) SYSCALL.invokeExact(captured, (long) number, a, b, c, d, e, f);
      return result == -1 ? -errno(captured) : result;
    } catch (Throwable t) {
      throw new AssertionError("a downcall throws nothing", t);
    }
  }

  @Override
  public PreparedIoctl prepareIoctl(int fd, long request, long argument) {
    MemorySegment captured = newCapture();
    return () -> {
      try {
        int result = (int) IOCTL.invokeExact(captured, fd, request, argument);
        return result == -1 ? -errno(captured) : result;
      } catch (Throwable t) {
        throw new AssertionError("a downcall throws nothing", t);
      }
    };
  }
}
