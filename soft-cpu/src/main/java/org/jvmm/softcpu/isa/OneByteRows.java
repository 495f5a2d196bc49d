package org.jvmm.softcpu.isa;

/** The one-byte opcode map (SDM vol. 2 table A-2); the format is {@link OpSpec}'s. */
final class OneByteRows {
  static final String TEXT =
      """
      # add, or, adc, sbb, and, sub, xor, cmp
      00 add Eb,Gb lock
      01 add Ev,Gv lock
      02 add Gb,Eb
      03 add Gv,Ev
      04 add AL,Ib
      05 add rAX,Iz
      08 or Eb,Gb lock u=a
      09 or Ev,Gv lock u=a
      0A or Gb,Eb u=a
      0B or Gv,Ev u=a
      0C or AL,Ib u=a
      0D or rAX,Iz u=a
      10 adc Eb,Gb lock
      11 adc Ev,Gv lock
      12 adc Gb,Eb
      13 adc Gv,Ev
      14 adc AL,Ib
      15 adc rAX,Iz
      18 sbb Eb,Gb lock
      19 sbb Ev,Gv lock
      1A sbb Gb,Eb
      1B sbb Gv,Ev
      1C sbb AL,Ib
      1D sbb rAX,Iz
      20 and Eb,Gb lock u=a
      21 and Ev,Gv lock u=a
      22 and Gb,Eb u=a
      23 and Gv,Ev u=a
      24 and AL,Ib u=a
      25 and rAX,Iz u=a
      28 sub Eb,Gb lock
      29 sub Ev,Gv lock
      2A sub Gb,Eb
      2B sub Gv,Ev
      2C sub AL,Ib
      2D sub rAX,Iz
      30 xor Eb,Gb lock u=a
      31 xor Ev,Gv lock u=a
      32 xor Gb,Eb u=a
      33 xor Gv,Ev u=a
      34 xor AL,Ib u=a
      35 xor rAX,Iz u=a
      38 cmp Eb,Gb
      39 cmp Ev,Gv
      3A cmp Gb,Eb
      3B cmp Gv,Ev
      3C cmp AL,Ib
      3D cmp rAX,Iz
      80/0 add Eb,Ib lock
      80/1 or Eb,Ib lock u=a
      80/2 adc Eb,Ib lock
      80/3 sbb Eb,Ib lock
      80/4 and Eb,Ib lock u=a
      80/5 sub Eb,Ib lock
      80/6 xor Eb,Ib lock u=a
      80/7 cmp Eb,Ib
      81/0 add Ev,Iz lock
      81/1 or Ev,Iz lock u=a
      81/2 adc Ev,Iz lock
      81/3 sbb Ev,Iz lock
      81/4 and Ev,Iz lock u=a
      81/5 sub Ev,Iz lock
      81/6 xor Ev,Iz lock u=a
      81/7 cmp Ev,Iz
      82/0 add Eb,Ib lock i64
      82/1 or Eb,Ib lock u=a i64
      82/2 adc Eb,Ib lock i64
      82/3 sbb Eb,Ib lock i64
      82/4 and Eb,Ib lock u=a i64
      82/5 sub Eb,Ib lock i64
      82/6 xor Eb,Ib lock u=a i64
      82/7 cmp Eb,Ib i64
      83/0 add Ev,Is lock
      83/1 or Ev,Is lock u=a
      83/2 adc Ev,Is lock
      83/3 sbb Ev,Is lock
      83/4 and Ev,Is lock u=a
      83/5 sub Ev,Is lock
      83/6 xor Ev,Is lock u=a
      83/7 cmp Ev,Is
      06 push ES i64 stack
      07 pop ES i64 stack end
      0E push CS i64 stack
      16 push SS i64 stack
      17 pop SS i64 stack end
      1E push DS i64 stack
      1F pop DS i64 stack end
      27 daa - i64 u=o
      2F das - i64 u=o
      37 aaa - i64 u=oszp
      3F aas - i64 u=oszp
      40+ inc Zv i64
      48+ dec Zv i64
      50+ push Zv d64
      58+ pop Zv d64
      60 pusha - i64 stack
      61 popa - i64 stack
      62:m bound Gv,Ma i64
      63 arpl Ew,Gw i64 prot
      63 movsxd Gv,Ed o64
      68 push Iz d64
      69 imul Gv,Ev,Iz u=szap
      6A push Is d64
      6B imul Gv,Ev,Is u=szap
      6C ins Yb,DX rep
      6D ins Yz,DX rep
      6E outs DX,Xb rep
      6F outs DX,Xz rep
      70+cc j Jb f64 end
      84 test Eb,Gb u=a
      85 test Ev,Gv u=a
      86 xchg Eb,Gb lock
      87 xchg Ev,Gv lock
      88 mov Eb,Gb
      89 mov Ev,Gv
      8A mov Gb,Eb
      8B mov Gv,Ev
      8C mov Ev,Sw
      8D:m lea Gv,Mn addr
      8E mov Sw,Ew end
      8F/0 pop Ev d64
      f3.90 pause - end
      90+ xchg Zv,rAX
      98 cbw -
      99 cwd -
      9A callf Ap i64 end stack
      9B fwait -
      9C pushf - d64
      9D popf - d64 end
      9E sahf -
      9F lahf -
      A0 mov AL,Ob
      A1 mov rAX,Ov
      A2 mov Ob,AL
      A3 mov Ov,rAX
      A4 movs Yb,Xb rep
      A5 movs Yv,Xv rep
      A6 cmps Xb,Yb rep
      A7 cmps Xv,Yv rep
      A8 test AL,Ib u=a
      A9 test rAX,Iz u=a
      AA stos Yb,AL rep
      AB stos Yv,rAX rep
      AC lods AL,Xb rep
      AD lods rAX,Xv rep
      AE scas AL,Yb rep
      AF scas rAX,Yv rep
      B0+ mov Zb,Ib
      B8+ mov Zv,Iv
      C0/0 rol Eb,Ib u=o
      C0/1 ror Eb,Ib u=o
      C0/2 rcl Eb,Ib u=o
      C0/3 rcr Eb,Ib u=o
      C0/4 shl Eb,Ib u=oac
      C0/5 shr Eb,Ib u=oac
      C0/6 shl Eb,Ib u=oac
      C0/7 sar Eb,Ib u=oa
      C1/0 rol Ev,Ib u=o
      C1/1 ror Ev,Ib u=o
      C1/2 rcl Ev,Ib u=o
      C1/3 rcr Ev,Ib u=o
      C1/4 shl Ev,Ib u=oac
      C1/5 shr Ev,Ib u=oac
      C1/6 shl Ev,Ib u=oac
      C1/7 sar Ev,Ib u=oa
      D0/0 rol Eb,1
      D0/1 ror Eb,1
      D0/2 rcl Eb,1
      D0/3 rcr Eb,1
      D0/4 shl Eb,1 u=a
      D0/5 shr Eb,1 u=a
      D0/6 shl Eb,1 u=a
      D0/7 sar Eb,1 u=a
      D1/0 rol Ev,1
      D1/1 ror Ev,1
      D1/2 rcl Ev,1
      D1/3 rcr Ev,1
      D1/4 shl Ev,1 u=a
      D1/5 shr Ev,1 u=a
      D1/6 shl Ev,1 u=a
      D1/7 sar Ev,1 u=a
      D2/0 rol Eb,CL u=o
      D2/1 ror Eb,CL u=o
      D2/2 rcl Eb,CL u=o
      D2/3 rcr Eb,CL u=o
      D2/4 shl Eb,CL u=oac
      D2/5 shr Eb,CL u=oac
      D2/6 shl Eb,CL u=oac
      D2/7 sar Eb,CL u=oa
      D3/0 rol Ev,CL u=o
      D3/1 ror Ev,CL u=o
      D3/2 rcl Ev,CL u=o
      D3/3 rcr Ev,CL u=o
      D3/4 shl Ev,CL u=oac
      D3/5 shr Ev,CL u=oac
      D3/6 shl Ev,CL u=oac
      D3/7 sar Ev,CL u=oa
      C2 ret Iw f64 end stack
      C3 ret - f64 end stack
      C4:m les Gv,Mp i64 end
      C5:m lds Gv,Mp i64 end
      C6/0 mov Eb,Ib
      C7/0 mov Ev,Iz
      C8 enter Iw,Ib d64
      C9 leave - d64
      CA retf Iw end stack
      CB retf - end stack
      CC int3 - end
      CD int Ib end
      CE into - i64 end
      CF iret - end stack
      D4 aam Ib i64 u=oac
      D5 aad Ib i64 u=oac
      D6 salc - i64
      D7 xlat -
      E0 loopne Jb f64 end
      E1 loope Jb f64 end
      E2 loop Jb f64 end
      E3 jcxz Jb f64 end
      E4 in AL,Ib
      E5 in zAX,Ib
      E6 out Ib,AL
      E7 out Ib,zAX
      E8 call Jz f64 end stack
      E9 jmp Jz f64 end
      EA jmpf Ap i64 end
      EB jmp Jb f64 end
      EC in AL,DX
      ED in zAX,DX
      EE out DX,AL
      EF out DX,zAX
      F1 int1 - end
      F4 hlt - priv end
      F5 cmc -
      F6/0 test Eb,Ib u=a
      F6/1 test Eb,Ib u=a
      F6/2 not Eb lock
      F6/3 neg Eb lock
      F6/4 mul Eb u=szap
      F6/5 imul Eb u=szap
      F6/6 div Eb u=oszapc
      F6/7 idiv Eb u=oszapc
      F7/0 test Ev,Iz u=a
      F7/1 test Ev,Iz u=a
      F7/2 not Ev lock
      F7/3 neg Ev lock
      F7/4 mul Ev u=szap
      F7/5 imul Ev u=szap
      F7/6 div Ev u=oszapc
      F7/7 idiv Ev u=oszapc
      F8 clc -
      F9 stc -
      FA cli - end
      FB sti - end
      FC cld -
      FD std -
      FE/0 inc Eb lock
      FE/1 dec Eb lock
      FF/0 inc Ev lock
      FF/1 dec Ev lock
      FF/2 call Ev f64 end stack
      FF/3:m callf Mp end stack
      FF/4 jmp Ev f64 end
      FF/5:m jmpf Mp end
      FF/6 push Ev d64
      """;

  private OneByteRows() {}
}
