package org.jvmm.kvm.nativecall;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.HeapInvocationBuffer;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.LastError;
import com.kenai.jffi.Library;
import com.kenai.jffi.Type;
import java.util.Arrays;
import org.jvmm.core.natives.JffiLibrary;

/** Over jffi, which is ready in a third of the time that JNA takes. */
final class JffiCalls implements NativeCalls {
  private static final int SYSCALL_PARAMETERS = 7;

  static {
    JffiLibrary.load();
  }

  private final Invoker invoker = Invoker.getInstance();
  private final LastError lastError = LastError.getInstance();
  private final long syscall = Library.getDefault().getSymbolAddress("syscall");
  private final long ioctl = Library.getDefault().getSymbolAddress("ioctl");
  private final CallContext syscallContext = integers(SYSCALL_PARAMETERS);
  private final CallContext ioctlContext = integers(3);

  /** Saves errno; all of register width, which {@link Invoker#invokeN3} wants. */
  private static CallContext integers(int parameters) {
    Type[] types = new Type[parameters];
    Arrays.fill(types, Type.SINT64);
    return CallContext.getCallContext(Type.SINT64, types, CallingConvention.DEFAULT, true);
  }

  @Override
  public String name() {
    return "jffi";
  }

  @Override
  public long syscall(int number, long a, long b, long c, long d, long e, long f) {
    HeapInvocationBuffer arguments = new HeapInvocationBuffer(syscallContext);
    arguments.putLong(number);
    arguments.putLong(a);
    arguments.putLong(b);
    arguments.putLong(c);
    arguments.putLong(d);
    arguments.putLong(e);
    arguments.putLong(f);
    long result = invoker.invokeLong(syscallContext, syscall, arguments);
    return result == -1 ? -lastError.get() : result;
  }

  @Override
  public int ioctl(int fd, long request, long argument) {
    int result;
    do {
      result = ioctlOnce(fd, request, argument);
    } while (result == -Errno.EINTR);
    return result;
  }

  @Override
  public PreparedIoctl prepareIoctl(int fd, long request, long argument) {
    return new Prepared(this, fd, request, argument);
  }

  private record Prepared(JffiCalls calls, int fd, long request, long argument)
      implements PreparedIoctl {
    @Override
    public int call() {
      return calls.ioctlOnce(fd, request, argument);
    }
  }

  private int ioctlOnce(int fd, long request, long argument) {
    int result = (int) invoker.invokeN3(ioctlContext, ioctl, fd, request, argument);
    return result == -1 ? -lastError.get() : result;
  }
}
