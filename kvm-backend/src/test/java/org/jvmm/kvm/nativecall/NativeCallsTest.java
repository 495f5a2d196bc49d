package org.jvmm.kvm.nativecall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jvmm.core.accel.AccelException;

class NativeCallsTest {
  private static final long FIONREAD = 0x541b;

  private static NativeCalls open(String name) {
    try {
      return NativeLibrary.open(name);
    } catch (AccelException e) {
      return abort(e.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"jna", "jffi", "ffm"})
  void aFailureIsMinusErrno(String name) {
    NativeCalls calls = open(name);
    assertEquals(name, calls.name());
    assertEquals(-Errno.ENOENT, calls.open("/no/such/file", NativeCalls.O_RDWR));
    assertEquals(-9, calls.close(-1), "EBADF");
    assertEquals(-9, calls.prepareIoctl(-1, FIONREAD, 0).call(), "EBADF");
  }

  @ParameterizedTest
  @ValueSource(strings = {"jna", "jffi", "ffm"})
  void memoryOfAMemfdIsWhatIsReadFromIt(String name) {
    NativeCalls calls = open(name);
    int fd = calls.memfdCreate("test", NativeCalls.MFD_CLOEXEC);
    assertTrue(fd > 0);
    assertEquals(0, calls.ftruncate(fd, 8192));
    try (NativeMemory memory = NativeMemory.shared(calls, fd, 8192);
        NativeMemory copy = new NativeMemory(calls, 8)) {
      memory.putLong(0, 0x1234_5678_9abc_def0L);
      assertEquals(8, calls.read(fd, copy.address(), 8));
      assertEquals(0x1234_5678_9abc_def0L, copy.getLong(0));
    }
    assertEquals(0, calls.close(fd));
  }

  @ParameterizedTest
  @ValueSource(strings = {"jna", "jffi", "ffm"})
  void aPreparedIoctlWritesItsResult(String name) {
    NativeCalls calls = open(name);
    int fd = calls.eventfd(3, NativeCalls.EFD_CLOEXEC);
    try (NativeMemory count = new NativeMemory(calls, 8)) {
      assertEquals(8, calls.read(fd, count.address(), 8));
      assertEquals(3, count.getLong(0));
      // FIOCLEX takes no argument and every file knows it.
      assertEquals(0, calls.prepareIoctl(fd, 0x5451, 0).call());
    } finally {
      calls.close(fd);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"jna", "jffi", "ffm"})
  void aBlockedSignalIsTakenNotDelivered(String name) {
    NativeCalls calls = open(name);
    try (NativeMemory memory = new NativeMemory(calls, 64)) {
      memory.putLong(0, 1L << (37 - 1));
      assertEquals(0, calls.sigmask(NativeCalls.SIG_BLOCK, memory.address(), 0));
      assertEquals(-Errno.EAGAIN, calls.sigtimedwait(memory.address(), memory.address() + 16));
      assertEquals(0, calls.tgkill((int) ProcessHandle.current().pid(), calls.gettid(), 37));
      assertEquals(37, calls.sigtimedwait(memory.address(), memory.address() + 16));
    }
  }

  @Test
  void anUnknownLibraryIsNamed() {
    var e = assertThrows(AccelException.class, () -> NativeLibrary.open("jni"));
    assertEquals("-Djvmm.native=jni: known are jna, jffi, ffm", e.getMessage());
  }

  @Test
  void memoryRefusesAccessesOutsideItAndAfterItsEnd() {
    NativeMemory memory = new NativeMemory(NativeLibrary.get(), 16);
    assertEquals(0, memory.getLong(8));
    assertThrows(IndexOutOfBoundsException.class, () -> memory.getLong(9));
    assertThrows(IndexOutOfBoundsException.class, () -> memory.getByte(-1));
    memory.close();
    memory.close();
    assertThrows(IllegalStateException.class, () -> memory.getByte(0));
  }

  @Test
  void anErrorNumberHasItsName() {
    assertEquals("open /dev/kvm: EACCES", new NativeException("open /dev/kvm", 13).getMessage());
    assertEquals("errno 4000", Errno.name(4000));
  }
}
