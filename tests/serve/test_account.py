"""Money, positions and settings over the wire: facts, sections 2.3 to 2.5."""

from decimal import Decimal

from tests.serve.client import SYMBOL, Client

D = Decimal


def test_a_flat_account_has_no_position_in_v3_and_one_in_v2(client: Client) -> None:
    assert client.ok("GET", "v3/positionRisk", symbol=SYMBOL) == []
    assert client.ok("GET", "v3/account")["positions"] == []
    flat = client.ok("GET", "v2/positionRisk", symbol=SYMBOL)[0]
    assert (flat["positionAmt"], flat["leverage"], flat["marginType"], flat["isAutoAddMargin"]) == (
        "0.000", "20", "cross", "false"
    )  # fmt: skip
    client.limit("BUY", "0.010", "76000")
    assert client.position()["positionAmt"] == "0.000"


def test_a_position_is_told_alike_everywhere(client: Client) -> None:
    client.place("SELL", "MARKET", "0.010")
    risk = client.position()
    assert (risk["positionAmt"], risk["entryPrice"], risk["notional"]) == ("-0.010", "76915.0", "-769.1505")
    assert (risk["markPrice"], risk["unRealizedProfit"]) == ("76915.05000000", "-0.00050000")
    assert D(risk["liquidationPrice"]) > D(risk["entryPrice"])
    v2 = client.ok("GET", "v2/positionRisk", symbol=SYMBOL)[0]
    account = client.ok("GET", "v3/account")
    assert {it["positionAmt"] for it in (risk, v2, account["positions"][0])} == {"-0.010"}
    assert account["positions"][0]["unrealizedProfit"] == risk["unRealizedProfit"]
    assert client.ok("GET", "v2/account")["positions"][0]["entryPrice"] == "76915.0"


def test_sums_agree_with_the_books(client: Client) -> None:
    client.ok("POST", "v1/leverage", symbol=SYMBOL, leverage=10)
    client.place("BUY", "MARKET", "0.100")
    client.exchange.price("77000.0", "77000.1")
    account = client.ok("GET", "v3/account")
    wallet, equity, available = client.exchange.inside(
        lambda venue: (venue.account.wallet, venue.state.equity, venue.state.available)
    )
    assert (D(account["totalWalletBalance"]), D(account["totalMarginBalance"])) == (wallet, equity)
    assert D(account["availableBalance"]) == available
    balance = client.ok("GET", "v3/balance")
    assert [it["asset"] for it in balance] == ["USDT", "BNB", "USDC"]
    assert D(balance[0]["balance"]) == wallet
    assert D(balance[0]["crossUnPnl"]) == equity - wallet
    assert client.ok("GET", "v2/balance") == balance


def test_income_adds_up_to_the_wallet(client: Client) -> None:
    client.place("BUY", "MARKET", "0.010")
    client.exchange.price("77000.0", "77000.1")
    client.exchange.control("POST", "close")
    posted = client.ok("GET", "v1/income")
    assert [it["incomeType"] for it in posted] == ["TRANSFER", "COMMISSION", "REALIZED_PNL", "COMMISSION"]
    assert sum(D(it["income"]) for it in posted) == client.exchange.inside(lambda venue: venue.account.wallet)
    realised = client.ok("GET", "v1/income", incomeType="REALIZED_PNL")
    assert [it["income"] for it in realised] == ["0.84900000"]
    trades = client.ok("GET", "v1/userTrades", symbol=SYMBOL)
    assert [it["realizedPnl"] for it in trades] == ["0", "0.849"]
    assert client.ok("GET", "v1/userTrades", symbol=SYMBOL, fromId=2) == trades[1:]
    assert client.ok("GET", "v1/userTrades", symbol=SYMBOL, orderId=trades[0]["orderId"]) == trades[:1]
    assert client.code("GET", "v1/userTrades", symbol=SYMBOL, fromId=1, startTime=1) == -1128


def test_leverage_and_margin_type_are_set_and_read_back(client: Client) -> None:
    told = client.ok("POST", "v1/leverage", symbol=SYMBOL, leverage=5)
    assert told == {"leverage": 5, "maxNotionalValue": "40000000", "symbol": SYMBOL}
    client.ok("POST", "v1/marginType", symbol=SYMBOL, marginType="ISOLATED")
    read = client.ok("GET", "v1/symbolConfig", symbol=SYMBOL)[0]
    assert (read["leverage"], read["marginType"]) == (5, "ISOLATED")
    assert client.code("POST", "v1/leverage", symbol=SYMBOL, leverage=126) == -4028
    assert client.code("POST", "v1/marginType", symbol=SYMBOL, marginType="ISOLATED") == -4046
    client.limit("BUY", "0.010", "76000")
    assert client.code("POST", "v1/marginType", symbol=SYMBOL, marginType="CROSSED") == -4047
    client.ok("DELETE", "v1/allOpenOrders", symbol=SYMBOL)
    client.place("BUY", "MARKET", "0.010")
    assert client.code("POST", "v1/marginType", symbol=SYMBOL, marginType="CROSSED") == -4048
    assert client.code("POST", "v1/leverage", symbol=SYMBOL, leverage=3) == -4161
    assert D(client.position()["isolatedWallet"]) > 0


def test_the_position_mode_is_a_switch_under_which_orders_are_refused(client: Client) -> None:
    assert client.ok("GET", "v1/positionSide/dual") == {"dualSidePosition": False}
    assert client.code("POST", "v1/positionSide/dual", dualSidePosition="false") == -4059
    client.limit("BUY", "0.010", "76000")
    assert client.code("POST", "v1/positionSide/dual", dualSidePosition="true") == -4067
    client.ok("DELETE", "v1/allOpenOrders", symbol=SYMBOL)
    client.ok("POST", "v1/positionSide/dual", dualSidePosition="true")
    assert client.ok("GET", "v1/accountConfig")["dualSidePosition"] is True
    order = {"symbol": SYMBOL, "side": "BUY", "type": "MARKET", "quantity": "0.010"}
    assert client.code("POST", "v1/order", **order) == -4061


def test_multi_assets_mode_excludes_isolated_margin(client: Client) -> None:
    assert client.code("POST", "v1/multiAssetsMargin", multiAssetsMargin="false") == -4171
    client.ok("POST", "v1/multiAssetsMargin", multiAssetsMargin="true")
    assert client.ok("GET", "v1/multiAssetsMargin") == {"multiAssetsMargin": True}
    assert client.code("POST", "v1/marginType", symbol=SYMBOL, marginType="ISOLATED") == -4168


def test_rates_brackets_and_limits_are_told(client: Client) -> None:
    rates = client.ok("GET", "v1/commissionRate", symbol=SYMBOL)
    assert (rates["makerCommissionRate"], rates["takerCommissionRate"]) == ("0.0002", "0.0005")
    bracket = client.ok("GET", "v1/leverageBracket", symbol=SYMBOL)[0]["brackets"][0]
    assert (bracket["initialLeverage"], bracket["maintMarginRatio"]) == (125, 0.004)
    assert [it["limit"] for it in client.ok("GET", "v1/rateLimit/order")] == [300, 1200]
    assert client.ok("GET", "v1/apiTradingStatus", symbol=SYMBOL)["indicators"][SYMBOL][0]["isLocked"] is False
    assert client.ok("GET", "v1/forceOrders", symbol=SYMBOL) == []


def test_a_liquidation_is_listed(client: Client) -> None:
    client.ok("POST", "v1/leverage", symbol=SYMBOL, leverage=100)
    client.ok("POST", "v1/marginType", symbol=SYMBOL, marginType="ISOLATED")
    client.place("BUY", "MARKET", "1.000")
    client.exchange.price("76000.0", "76000.1")
    assert client.position() is None
    (forced,) = client.ok("GET", "v1/forceOrders", symbol=SYMBOL)
    assert forced["clientOrderId"].startswith("autoclose-")
    assert forced["status"] == "FILLED"


def test_modes_are_not_changed_with_a_position_or_isolated_margin(client: Client) -> None:
    client.ok("POST", "v1/marginType", symbol=SYMBOL, marginType="ISOLATED")
    assert client.code("POST", "v1/multiAssetsMargin", multiAssetsMargin="true") == -4167
    client.place("BUY", "MARKET", "0.010")
    assert client.code("POST", "v1/positionSide/dual", dualSidePosition="true") == -4068
    assert client.code("POST", "v1/positionSide/dual", dualSidePosition="yes") == -1130
    assert client.code("POST", "v1/positionSide/dual") == -1102
