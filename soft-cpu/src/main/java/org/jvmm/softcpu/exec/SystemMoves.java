package org.jvmm.softcpu.exec;

import org.jvmm.core.accel.CpuState;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Events;
import org.jvmm.softcpu.isa.Insn;
import org.jvmm.softcpu.sys.ControlRegisters;
import org.jvmm.softcpu.sys.DebugControl;
import org.jvmm.softcpu.sys.SegmentLoads;

/** MOV, PUSH and POP with segment, control and debug registers. */
final class SystemMoves {
  static final Handler PUSH_SEGMENT = Handler.of(SystemMoves::pushSegment);
  static final Handler POP_SEGMENT = Handler.of(SystemMoves::popSegment);
  private static final Handler FROM_SEGMENT = Handler.of(SystemMoves::fromSegment);
  private static final Handler TO_SEGMENT = Handler.of(SystemMoves::toSegment);
  private static final Handler FROM_CONTROL =
      Handler.of((c, in) -> c.set(in.dst, registerWidth(c), ControlRegisters.read(c, in.src)));
  private static final Handler TO_CONTROL =
      Handler.of((c, in) -> ControlRegisters.write(c, in.dst, register(c, in.src)));
  private static final Handler FROM_DEBUG =
      Handler.of((c, in) -> c.set(in.dst, registerWidth(c), DebugControl.read(c, in.src)));
  private static final Handler TO_DEBUG =
      Handler.of((c, in) -> DebugControl.write(c, in.dst, register(c, in.src)));

  private SystemMoves() {}

  /** Binds MOV whose operand {@code i} is of a special kind. */
  static Handler bind(Insn in, int kind, int i) {
    return switch (kind) {
      case Insn.SEG -> i == 1 ? FROM_SEGMENT : TO_SEGMENT;
      case Insn.CR -> i == 1 ? FROM_CONTROL : TO_CONTROL;
      default -> i == 1 ? FROM_DEBUG : TO_DEBUG;
    };
  }

  /**
   * Control and debug registers move 64 bits in 64-bit mode, 32 otherwise, whatever the prefixes.
   */
  private static int registerWidth(Cpu c) {
    return c.in(org.jvmm.softcpu.isa.Mode.CODE64) ? 8 : 4;
  }

  private static long register(Cpu c, int number) {
    return Form.zero(c.gpr[number], registerWidth(c));
  }

  /** Memory gets 16 bits; a register its whole operand size. */
  private static void fromSegment(Cpu c, Insn in) {
    int width = in.memory == 0 ? 2 : in.operandSize;
    Form.store(c, in, width, c.segments[in.src].selector);
  }

  private static void toSegment(Cpu c, Insn in) {
    if (in.dst == Cpu.CS) {
      throw c.ud();
    }
    int selector = (int) Form.loadSecond(c, in, 2);
    SegmentLoads.load(c, in.dst, selector);
    shadow(c, in.dst);
  }

  /** MOV and POP of SS block interrupts for one instruction (SDM vol. 3 section 6.8.3). */
  private static void shadow(Cpu c, int segment) {
    if (segment == Cpu.SS) {
      c.shadow |= CpuState.SHADOW_MOV_SS;
      c.events.post(Events.STEP);
    }
  }

  private static void pushSegment(Cpu c, Insn in) {
    Stack.push(c, Stack.shape(in), in.operandSize, c.segments[in.dst].selector);
  }

  private static void popSegment(Cpu c, Insn in) {
    int selector = (int) Stack.peek(c, Stack.shape(in), in.operandSize) & 0xffff;
    // The stack pointer moves by the stack that was popped from, so SS goes last.
    if (in.dst == Cpu.SS) {
      long sp = c.gpr[4];
      Stack.drop(c, Stack.shape(in), in.operandSize);
      long after = c.gpr[4];
      c.gpr[4] = sp;
      SegmentLoads.load(c, in.dst, selector);
      c.gpr[4] = after;
    } else {
      SegmentLoads.load(c, in.dst, selector);
      Stack.drop(c, Stack.shape(in), in.operandSize);
    }
    shadow(c, in.dst);
  }
}
