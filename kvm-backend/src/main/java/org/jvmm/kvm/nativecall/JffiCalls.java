package org.jvmm.kvm.nativecall;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.LastError;
import com.kenai.jffi.Library;
import com.kenai.jffi.Type;

/**
 * jffi for what is called again and again, JNA for the rest. jffi's library is loaded with the
 * first {@link #prepareIoctl}.
 */
final class JffiCalls implements NativeCalls {
  private final NativeCalls cold = new JnaCalls();

  @Override
  public String name() {
    return "jffi";
  }

  @Override
  public long syscall(int number, long a, long b, long c, long d, long e, long f) {
    return cold.syscall(number, a, b, c, d, e, f);
  }

  @Override
  public PreparedIoctl prepareIoctl(int fd, long request, long argument) {
    return () -> Jffi.ioctl(fd, request, argument);
  }

  /** Its initialization loads jffi. */
  private static final class Jffi {
    private static final Invoker INVOKER = Invoker.getInstance();
    private static final LastError LAST_ERROR = LastError.getInstance();
    private static final long IOCTL = Library.getDefault().getSymbolAddress("ioctl");

    /** Saves errno; all of register width, which {@link Invoker#invokeN3} wants. */
    private static final CallContext CONTEXT =
        CallContext.getCallContext(
            Type.SINT64,
            new Type[] {Type.SINT64, Type.SINT64, Type.SINT64},
            CallingConvention.DEFAULT,
            true);

    static int ioctl(int fd, long request, long argument) {
      int result = (int) INVOKER.invokeN3(CONTEXT, IOCTL, fd, request, argument);
      return result == -1 ? -LAST_ERROR.get() : result;
    }
  }
}
