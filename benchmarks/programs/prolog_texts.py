"""Programs in Prolog: text, query, and after how many solutions to stop. The answer is X."""

LIBRARY = """
append([], L, L).
append([H|T], L, [H|R]) :- append(T, L, R).
member(X, [X|_]).
member(X, [_|T]) :- member(X, T).
length([], 0).
length([_|T], N) :- length(T, M), N is M + 1.
between(L, H, L) :- L =< H.
between(L, H, X) :- L < H, M is L + 1, between(M, H, X).
range(N, N, [N]) :- !.
range(M, N, [M|T]) :- M < N, K is M + 1, range(K, N, T).
"""

NREV = """
nrev([], []).
nrev([H|T], R) :- nrev(T, S), append(S, [H], R).
repeat_nrev(0, _) :- !.
repeat_nrev(N, L) :- \\+ \\+ nrev(L, _), M is N - 1, repeat_nrev(M, L).
"""

TAK = """
tak(X, Y, Z, A) :- X =< Y, !, Z = A.
tak(X, Y, Z, A) :- X1 is X - 1, Y1 is Y - 1, Z1 is Z - 1,
    tak(X1, Y, Z, A1), tak(Y1, Z, X, A2), tak(Z1, X, Y, A3), tak(A1, A2, A3, A).
"""

QUEENS = """
queens(N, Qs) :- range(1, N, Ns), place(Ns, [], Qs).
place([], Qs, Qs).
place(Unplaced, Safe, Qs) :- select(Q, Unplaced, Rest), \\+ attack(Q, 1, Safe),
    place(Rest, [Q|Safe], Qs).
select(X, [X|T], T).
select(X, [H|T], [H|R]) :- select(X, T, R).
attack(X, N, [Y|_]) :- X is Y + N.
attack(X, N, [Y|_]) :- X is Y - N.
attack(X, N, [_|Ys]) :- M is N + 1, attack(X, M, Ys).
"""

HANOI = """
hanoi(0, _, _, _) :- !.
hanoi(N, A, B, C) :- M is N - 1, hanoi(M, A, C, B), hanoi(M, C, B, A).
"""

ZEBRA = """
right_of(X, Y, [Y, X|_]).
right_of(X, Y, [_|T]) :- right_of(X, Y, T).
next_to(X, Y, L) :- right_of(X, Y, L).
next_to(X, Y, L) :- right_of(Y, X, L).
zebra(Owner) :- Hs = [h(_, norwegian, _, _, _), _, h(_, _, _, milk, _), _, _],
    member(h(red, english, _, _, _), Hs), member(h(green, _, _, coffee, _), Hs),
    member(h(_, spanish, dog, _, _), Hs), member(h(_, ukrainian, _, tea, _), Hs),
    right_of(h(green, _, _, _, _), h(ivory, _, _, _, _), Hs),
    member(h(_, _, snails, _, winston), Hs), member(h(yellow, _, _, _, kools), Hs),
    next_to(h(_, _, _, _, chesterfield), h(_, _, fox, _, _), Hs),
    next_to(h(_, _, _, _, kools), h(_, _, horse, _, _), Hs),
    member(h(_, _, _, juice, lucky), Hs), member(h(_, japanese, _, _, parliament), Hs),
    next_to(h(_, norwegian, _, _, _), h(blue, _, _, _, _), Hs),
    member(h(_, Owner, zebra, _, _), Hs).
"""

PRIMES = """
primes(N, Ps) :- range(2, N, Ns), sift(Ns, Ps).
sift([], []).
sift([P|Ns], [P|Ps]) :- remove(P, Ns, Rest), sift(Rest, Ps).
remove(_, [], []).
remove(P, [N|Ns], R) :- N mod P =:= 0, !, remove(P, Ns, R).
remove(P, [N|Ns], [N|R]) :- remove(P, Ns, R).
"""

DERIV = """
d(X, X, 1) :- !.
d(U + V, X, A + B) :- !, d(U, X, A), d(V, X, B).
d(U - V, X, A - B) :- !, d(U, X, A), d(V, X, B).
d(U * V, X, B * U + A * V) :- !, d(U, X, A), d(V, X, B).
d(U ^ N, X, A * N * U ^ M) :- !, M is N - 1, d(U, X, A).
d(_, _, 0).
"""

QSORT = """
qsort([], R, R).
qsort([X|L], R, S) :- part(L, X, L1, L2), qsort(L2, R1, S), qsort(L1, R, [X|R1]).
part([], _, [], []).
part([X|L], Y, [X|L1], L2) :- X =< Y, !, part(L, Y, L1, L2).
part([X|L], Y, L1, [X|L2]) :- part(L, Y, L1, L2).
"""

DATABASE = """
counter(0).
step(N) :- retract(counter(M)), K is M + N, assertz(counter(K)),
    (K mod 7 =:= 0 -> throw(seven(K)) ; true).
steps(N, N) :- !.
steps(I, N) :- catch(step(I), seven(K), assertz(seen(K))), J is I + 1, steps(J, N).
"""

WARREN = "27,74,17,33,94,18,46,83,65,2,32,53,28,85,99,47,28,82,6,11,55,29,39,81,90,37,10,0,66,51"
WARREN += ",7,21,85,27,31,63,75,4,95,99,11,28,61,74,18,92,40,53,59,8"

Program = tuple[str, str, int]

PROGRAMS: dict[str, Program] = {
    "nrev": (NREV, "range(1, 30, L), repeat_nrev(150, L), nrev(L, X)", 1),
    "tak": (TAK, "tak(16, 11, 5, X)", 1),
    "queens": (QUEENS, "queens(7, X)", 1000),
    "hanoi": (HANOI, "hanoi(12, a, b, c), X = done", 1),
    "zebra": (ZEBRA, "zebra(X)", 1000),
    "primes": (PRIMES, "primes(500, X)", 1),
    "deriv": (DERIV, "d((x + 1) * (x ^ 2 + 2) * (x ^ 3 + 3) - x * x * x * x, x, X)", 1),
    "qsort": (QSORT, f"qsort([{WARREN}], X, [])", 1),
    "database": (DATABASE, "steps(1, 60), findall(K, seen(K), X)", 1),
}
SMALL: Program = (QUEENS, "queens(4, X)", 1)
