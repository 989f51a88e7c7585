%% Answers one request per line on standard input; the modules were compiled by asn1ct.
%%
%%   transcode MODULE TYPE HEX    decode BER, encode DER
%%   encode    MODULE TYPE HEX    HEX is the text of an Erlang term; encode it as DER
%%   decode    MODULE TYPE HEX    the value as the text of an Erlang term, in hex
%%
%% Answers are "ok HEX" or "error TEXT" on one line.
-module(oracle).
-export([main/0]).

main() ->
    ok = io:setopts([binary, {encoding, latin1}]),
    loop().

loop() ->
    case io:get_line("") of
        eof -> halt(0);
        {error, _} -> halt(1);
        Line ->
            io:put_chars([answer(Line), $\n]),
            loop()
    end.

answer(Line) ->
    try
        [Verb, Module, Type, Hex] = string:lexemes(string:trim(Line), " "),
        %% names of compiled modules and their types: few, so atoms may be made of them
        [<<"ok ">>, run(Verb, binary_to_atom(Module), binary_to_atom(Type), unhex(Hex))]
    catch
        throw:Reason -> ["error ", one_line(Reason)];
        Class:Reason -> ["error ", one_line({Class, Reason})]
    end.

run(<<"transcode">>, Module, Type, Octets) ->
    hex(encode(Module, Type, decode(Module, Type, Octets)));
run(<<"encode">>, Module, Type, Text) ->
    {ok, Tokens, _} = erl_scan:string(binary_to_list(Text)),
    {ok, Value} = erl_parse:parse_term(Tokens),
    hex(encode(Module, Type, Value));
run(<<"decode">>, Module, Type, Octets) ->
    hex(iolist_to_binary(io_lib:format("~0p", [decode(Module, Type, Octets)]))).

decode(Module, Type, Octets) ->
    case Module:decode(Type, Octets) of
        {ok, Value, <<>>} -> Value;
        {ok, _, Rest} -> throw({trailing, byte_size(Rest)});
        {error, Reason} -> throw(Reason)
    end.

encode(Module, Type, Value) ->
    case Module:encode(Type, Value) of
        {ok, Octets} -> Octets;
        {error, Reason} -> throw(Reason)
    end.

one_line(Term) ->
    Text = lists:flatten(io_lib:format("~0p", [Term])),
    [case C of $\n -> $\s; _ when C > 126 -> $?; _ -> C end || C <- lists:sublist(Text, 300)].

hex(Octets) -> string:lowercase(binary:encode_hex(Octets)).

unhex(<<"-">>) -> <<>>;
unhex(Hex) -> binary:decode_hex(Hex).
